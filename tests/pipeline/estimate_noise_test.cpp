// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/pictures.h"
#include "tessera/denoise.h"
#include "tessera/error.h"
#include "tessera/image.h"
#include "tessera/observation.h"

using namespace tessera;

namespace {

constexpr int kWidth = 120, kHeight = 90;
constexpr double kSigma = 10.0;

Image constant_picture(float value) {
  Image image(64, 64, 1, SampleType::F32);
  std::fill_n(image.colour_row<float>(0), 64 * 64, value);
  return image;
}

/// A ramp with noise, from middle grey at the left to half of white beyond `side`, 0 or 1: the
/// right third is outside [0, 1].
Image noisy_ramp(float side, int channels) {
  Image ramp(kWidth, kHeight, channels, SampleType::F32);
  for (int y = 0; y < kHeight; ++y)
    for (int i = 0; i < kWidth * channels; ++i)
      ramp.colour_row<float>(y)[i] =
          0.5F + (side - 0.5F) * 1.5F * static_cast<float>(i / channels) / kWidth;
  return add_gaussian_noise(ramp, kSigma, 5);
}

Image clipped(const Image& picture) {
  Image result = picture.clone();
  for (int y = 0; y < kHeight; ++y)
    for (int i = 0; i < kWidth * picture.channels(); ++i) {
      float& sample = result.colour_row<float>(y)[i];
      sample = std::clamp(sample, 0.0F, 1.0F);
    }
  return result;
}

}  // namespace

TEST_SUITE("pipeline/estimate_noise") {
  TEST_CASE("samples that were clipped say nothing about noise, in float pictures either") {
    for (const int channels : {1, 3})
      for (const float side : {0.0F, 1.0F}) {
        const Image whole = noisy_ramp(side, channels);
        CHECK(estimate_noise(whole) == doctest::Approx(kSigma).epsilon(0.08));
        CHECK(estimate_noise(clipped(whole)) == doctest::Approx(kSigma).epsilon(0.08));
      }
  }

  TEST_CASE("a constant float picture has no noise, clipped or not") {
    for (const float value : {0.0F, 0.5F, 1.0F})
      CHECK(estimate_noise(constant_picture(value)) == 0.0);
    CHECK_THROWS_AS(estimate_noise(Image()), Error);
  }

  TEST_CASE("black and white and nothing between has no noise, and a fine pattern no dust of one") {
    for (const int period : {1, 2, 3, 7})
      for (const int black : {0, 40}) {
        Image picture(64, 48, 1, SampleType::U8);
        for (int y = 0; y < 48; ++y)
          for (int x = 0; x < 64; ++x)
            picture.colour_row<std::uint8_t>(y)[x] =
                static_cast<std::uint8_t>((x / period + y / period) % 2 == 0 ? black : 255 - black);
        if (black == 0 || period == 2) CHECK(estimate_noise(picture) == 0.0);
      }
  }

  TEST_CASE("a small picture turned by half has the same noise, whatever its size") {
    for (const int side : {57, 64, 120}) {
      Image picture(side, side, 1, SampleType::F32), turned(side, side, 1, SampleType::F32);
      for (int i = 0; i < side * side; ++i)
        picture.colour_row<float>(0)[i] = 0.5F + 0.2F * std::sin(0.01F * static_cast<float>(i));
      picture = add_gaussian_noise(picture, kSigma, 9);
      for (int i = 0; i < side * side; ++i)
        turned.colour_row<float>(0)[i] = picture.colour_row<float>(0)[side * side - 1 - i];
      CHECK(estimate_noise(picture) == doctest::Approx(estimate_noise(turned)).epsilon(1e-4));
    }
  }

  TEST_CASE("single float samples at 0 and 1 are no clipping") {
    Image picture = noisy_ramp(1.0F, 1);
    picture.colour_row<float>(40)[2] = 0.0F;
    const double with_black = estimate_noise(picture);
    picture.colour_row<float>(40)[2] = std::nextafter(0.0F, 1.0F);
    CHECK(estimate_noise(picture) == with_black);
    picture.colour_row<float>(40)[100] = 1.0F;
    const double with_white = estimate_noise(picture);
    picture.colour_row<float>(40)[100] = std::nextafter(1.0F, 0.0F);
    CHECK(estimate_noise(picture) == doctest::Approx(with_white).epsilon(1e-6));
  }
}
