// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>

#include "support/synthetic_image.h"
#include "tessera/error.h"
#include "tessera/metrics.h"

namespace tessera {
namespace {

int smooth_sample(int y, int x, int c) { return (2 * x + y + 30 * c) % 200; }

Image smooth(int width, int height, int channels) {
  Image image(width, height, channels, SampleType::U8);
  test::fill_image<std::uint8_t>(image, smooth_sample);
  return image;
}

Image smooth_spoilt(int width, int height, int channels) {
  Image image(width, height, channels, SampleType::U8);
  test::fill_image<std::uint8_t>(image, [](int y, int x, int c) {
    return smooth_sample(y, x, c) + (7 * x + 3 * y * y + c) % 41;
  });
  return image;
}

}  // namespace

TEST_SUITE("metrics/ms_ssim") {
  TEST_CASE("a picture is 1 with itself and with its 16-bit twin, and order does not matter") {
    const Image image = test::textured_image(165, 161, 3);
    const Image other = test::spoilt_image(165, 161, 3);
    CHECK(ms_ssim(image, image) == doctest::Approx(1.0).epsilon(1e-12));
    CHECK(ms_ssim(image, test::sixteen_bit_twin(image)) == doctest::Approx(1.0).epsilon(1e-12));
    CHECK(ms_ssim(image, other) == doctest::Approx(ms_ssim(other, image)).epsilon(1e-12));
    CHECK(ms_ssim(image, other) < 1.0);
  }
  TEST_CASE("flat pictures give the luminance term at the last scale alone") {
    Image black(161, 161, 1, SampleType::F32), grey(161, 161, 1, SampleType::F32);
    test::fill_image<float>(grey, [](int, int, int) { return 0.5F; });
    const double luminance = 1e-4 / (0.25 + 1e-4);
    CHECK(ms_ssim(black, grey) == doctest::Approx(std::pow(luminance, 0.1333)).epsilon(1e-9));
  }
  TEST_CASE("it equals a direct sum over two-dimensional windows at five scales") {
    // NumPy: sliding_window_view(z, (11, 11)) times the outer product of the Gaussian; scales by
    // 2x2 means of the picture padded at the end by its edge; double precision.
    CHECK(ms_ssim(smooth(170, 161, 1), smooth_spoilt(170, 161, 1)) ==
          doctest::Approx(0.9055630765492204).epsilon(1e-10));
    CHECK(ms_ssim(smooth(163, 177, 3), smooth_spoilt(163, 177, 3)) ==
          doctest::Approx(0.9079303355117472).epsilon(1e-10));
    CHECK(ms_ssim(test::textured_image(163, 177, 3), test::spoilt_image(163, 177, 3)) ==
          doctest::Approx(0.5892605666028744).epsilon(1e-10));
  }
  TEST_CASE("a picture and its negative, whose structures are opposite, have 0") {
    const Image image = test::textured_image(161, 161, 1);
    Image negative(161, 161, 1, SampleType::U8);
    test::fill_image<std::uint8_t>(
        negative, [](int y, int x, int c) { return 255 - test::textured_sample(y, x, c); });
    CHECK(ssim(image, negative) < 0.0);
    CHECK(ms_ssim(image, negative) == 0.0);
  }
  TEST_CASE("pictures under 161 pixels, border cropped, are refused") {
    const Image small = test::textured_image(160, 200, 1),
                large = test::textured_image(162, 200, 1);
    CHECK_THROWS_AS(ms_ssim(small, small), Error);
    CHECK_THROWS_AS(ms_ssim(large, large, {.border = 1}), Error);
    CHECK(ms_ssim(large, large) == doctest::Approx(1.0));
  }
}

}  // namespace tessera
