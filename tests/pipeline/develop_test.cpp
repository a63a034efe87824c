// SPDX-License-Identifier: MIT
#include "pipeline/interpolate/develop.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "image/metadata/icc.h"
#include "observation/sampling.h"
#include "pipeline/interpolate/raw_mosaic.h"
#include "pipeline/interpolate/raw_noise.h"
#include "pipeline/interpolate/srgb_curve.h"
#include "support/error_code.h"
#include "support/golden_model.h"
#include "support/pictures.h"

using namespace tessera;

namespace {

constexpr std::array<std::array<double, 3>, 3> kIdentity{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

/// A photo that needs nothing done: white 65535, black 0, neutral, no matrix.
image::RawPhoto plain_photo(Image mosaic, BayerPattern pattern = BayerPattern::RGGB) {
  image::RawPhoto photo;
  photo.mosaic = std::move(mosaic);
  for (int i = 0; i < 4; ++i)
    photo.filter[static_cast<std::size_t>(i)] = observation::bayer_channel(pattern, i / 2, i % 2);
  photo.black.levels.assign(4, 0.0F);
  photo.white = 65535.0F;
  photo.as_shot.fill(1.0);
  photo.srgb_from_camera = kIdentity;
  return photo;
}

/// Every sample `value`.
Image flat_mosaic(int width, int height, int value) {
  Image mosaic(width, height, 1, SampleType::U16);
  std::fill_n(mosaic.colour_row<std::uint16_t>(0), width * height,
              static_cast<std::uint16_t>(value));
  return mosaic;
}

InterpolateOptions bilinear() {
  InterpolateOptions options;
  options.missing = MissingPixels::CameraRaw;
  options.method = ClassicalMethod::Bilinear;
  return options;
}

/// Largest difference from `expected`, RGB, in parts of white.
double distance(const Image& picture, std::array<double, 3> expected) {
  double largest = 0.0;
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x)
      for (std::size_t c = 0; c < 3; ++c)
        largest = std::max(
            largest,
            std::abs(picture.colour_row<std::uint16_t>(y)[3 * x + static_cast<int>(c)] / 65535.0 -
                     expected[c]));
  return largest;
}

}  // namespace

TEST_SUITE("pipeline/develop") {
  TEST_CASE("the sRGB curve is that of IEC 61966-2-1") {
    // Light and code, reckoned by hand; straight up to 0.0031308.
    const std::pair<float, float> pairs[] = {{0.0F, 0.0F},         {0.002F, 0.02584F},
                                             {0.18F, 0.46135613F}, {0.2F, 0.48452920F},
                                             {0.5F, 0.73535698F},  {1.0F, 1.0F}};
    for (const auto& [light, code] : pairs) {
      CHECK(std::abs(pipeline::srgb_from_linear(light) - code) < 2e-6F);
      CHECK(std::abs(pipeline::linear_from_srgb(code) - light) < 2e-6F);
    }
  }

  TEST_CASE("the sRGB curve and its inverse undo each other, below black and above white too") {
    for (float light = -0.2F; light < 1.5F; light += 0.001F)
      CHECK(std::abs(pipeline::linear_from_srgb(pipeline::srgb_from_linear(light)) - light) <
            2e-6F);
  }

  TEST_CASE("grey light gives grey of its sRGB code, whatever black, balance and phase") {
    for (const BayerPattern pattern : test::kPatterns) {
      image::RawPhoto photo = plain_photo(flat_mosaic(15, 12, 0), pattern);
      photo.black = {2, 4, {100, 200, 300, 400, 500, 600, 700, 800}};
      photo.white = 16000.0F;
      for (int i = 0; i < 4; ++i)
        photo.as_shot[static_cast<std::size_t>(i)] = photo.filter[i] + 1.0;
      // The camera sees grey 0.2 with colours dimmed by the balance.
      for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 15; ++x) {
          const float black = photo.black.at(y, x);
          photo.mosaic.colour_row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(std::lround(
              black + 0.2 / (1.0 + observation::bayer_channel(pattern, y, x)) * (16000.0 - black)));
        }
      const double code = static_cast<double>(pipeline::srgb_from_linear(0.2F));
      const pipeline::Development developed =
          pipeline::develop(std::move(photo), nullptr, bilinear());
      // Half a count of 16000 in the light of the faintest colour.
      CHECK(distance(developed.picture, {code, code, code}) < 3e-4);
      CHECK(image::icc_damage(developed.picture.metadata.icc, 3).empty());
    }
  }

  TEST_CASE("the matrix mixes linear light, and --linear leaves it so") {
    image::RawPhoto photo = plain_photo(flat_mosaic(8, 8, 32768));
    photo.srgb_from_camera = {{{0.5, 0.1, 0.1}, {0.2, 0.2, 0.2}, {1.0, 1.0, 1.0}}};
    InterpolateOptions options = bilinear();
    options.raw.linear = true;
    const auto developed = pipeline::develop(std::move(photo), nullptr, options);
    // What exceeds white is cut.
    CHECK(distance(developed.picture, {0.35, 0.3, 1.0}) < 2e-5);
  }

  TEST_CASE("clipped highlights are white, not magenta") {
    image::RawPhoto photo = plain_photo(flat_mosaic(8, 8, 65535));
    photo.as_shot = {2.0, 1.0, 1.0, 1.5};
    photo.srgb_from_camera = {{{1.6, -0.4, -0.2}, {-0.3, 1.5, -0.2}, {0.0, -0.5, 1.5}}};
    const auto developed = pipeline::develop(std::move(photo), nullptr, bilinear());
    // The matrix's rows add up to 1 but for the rounding of floats.
    CHECK(distance(developed.picture, {1.0, 1.0, 1.0}) < 2e-5);
  }

  TEST_CASE("measured samples keep their place in every size, phase and orientation") {
    const Model model = test::golden_model("mixture_bayer_18x22");
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {7, 1}, {23, 17}, {40, 34}})
      for (int orientation = 1; orientation <= 8; ++orientation) {
        image::RawPhoto photo = plain_photo(
            test::random_picture(width, height, 1, SampleType::U16, 5), BayerPattern::GBRG);
        const Image stored = photo.mosaic.clone();
        photo.orientation = orientation;
        InterpolateOptions options = bilinear();
        options.method.reset();
        options.raw.linear = options.raw.keep_defects = true;
        const Image picture = pipeline::develop(std::move(photo), &model, options).picture;
        const bool turned = orientation >= 5;
        REQUIRE(picture.width() == (turned ? height : width));
        REQUIRE(picture.height() == (turned ? width : height));
        // The pixel that orientation 6 shows at the top right was stored at the top left.
        const int right = picture.width() - 1, bottom = picture.height() - 1;
        const bool at_right =
            orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
        const bool at_bottom =
            orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
        const std::uint16_t green = picture.colour_row<std::uint16_t>(
            at_bottom ? bottom : 0)[3 * (at_right ? right : 0) + 1];
        // There and back through the curve in floats.
        CHECK(std::abs(green - stored.colour_row<std::uint16_t>(0)[0]) <= 1);
      }
  }

  TEST_CASE("a defect becomes the median of its colour; clean samples stay") {
    Image mosaic(20, 20, 1, SampleType::F32);
    for (int y = 0; y < 20; ++y)
      for (int x = 0; x < 20; ++x)
        mosaic.colour_row<float>(y)[x] = 0.2F + 0.01F * static_cast<float>(x % 3 + y % 2);
    const Image clean = mosaic.clone();
    CHECK(pipeline::replace_defects(mosaic, 2) == 0);
    CHECK(test::same_pixels(mosaic, clean));
    mosaic.colour_row<float>(0)[0] = 1.0F;
    mosaic.colour_row<float>(10)[7] = 0.0F;
    mosaic.colour_row<float>(19)[19] = 1.0F;
    CHECK(pipeline::replace_defects(mosaic, 3) == 3);
    for (const auto& [y, x] : {std::pair{0, 0}, {10, 7}, {19, 19}})
      CHECK(std::abs(mosaic.colour_row<float>(y)[x] - clean.colour_row<float>(y)[x]) < 0.025F);
    // A point of light that reaches its neighbours is no defect.
    mosaic.colour_row<float>(5)[5] = 1.0F;
    mosaic.colour_row<float>(5)[6] = 0.3F;
    CHECK(pipeline::replace_defects(mosaic, 1) == 0);
    Image tiny(1, 1, 1, SampleType::F32);
    CHECK(pipeline::replace_defects(tiny, 1) == 0);
  }

  TEST_CASE("noise around black keeps its mean in the mosaic") {
    image::RawPhoto photo = plain_photo(flat_mosaic(4, 4, 90));
    photo.black.levels.assign(4, 100.0F);
    photo.white = 1100.0F;
    const auto balanced = pipeline::balanced_mosaic(photo, {}, 1);
    CHECK(std::abs(balanced.picture.colour_row<float>(2)[2] + 12.92F * 0.01F) < 1e-6F);
  }

  TEST_CASE("the noise that a file states is what is found in its mosaic") {
    // Counts of light at middle grey: variance scale * x + offset over white, as DNG has it.
    const image::RawTags::Noise noise{4e-5, 3e-6};
    const double light = static_cast<double>(pipeline::linear_from_srgb(0.5F)) / 2.0;
    image::RawPhoto photo = plain_photo(flat_mosaic(200, 160, 0), BayerPattern::GRBG);
    photo.as_shot = {2.0, 1.0, 1.5, 2.0};  // twice the light of the camera's greens
    for (int y = 0; y < 160; ++y)
      for (int x = 0; x < 200; ++x) {
        const double random = base::random_normal(
            11, static_cast<std::uint64_t>(y) * 200 + static_cast<std::uint64_t>(x));
        photo.mosaic.colour_row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(std::lround(
            65535.0 * (light + std::sqrt(noise.scale * light + noise.offset) * random)));
      }
    const auto balanced = pipeline::balanced_mosaic(photo, {}, 1);
    const auto estimated = pipeline::raw_noise(photo, balanced);
    photo.noise = {noise};
    const auto stated = pipeline::raw_noise(photo, balanced);
    REQUIRE(estimated);
    REQUIRE(stated);
    CHECK(stated->stated);
    CHECK_FALSE(estimated->stated);
    CHECK(estimated->sigma_8bit == doctest::Approx(stated->sigma_8bit).epsilon(0.05));
  }

  TEST_CASE("of the noise of three planes that of green counts, and one plane stands for all") {
    image::RawPhoto photo = plain_photo(flat_mosaic(8, 6, 20000));
    const auto balanced = pipeline::balanced_mosaic(photo, {}, 1);
    const image::RawTags::Noise red{4e-5, 3e-6}, green{1e-4, 2e-6}, blue{9e-5, 0.0};
    const auto sigma = [&](std::vector<image::RawTags::Noise> noise) {
      photo.noise = std::move(noise);
      const auto found = pipeline::raw_noise(photo, balanced);
      REQUIRE(found);
      CHECK(found->stated);
      return found->sigma_8bit;
    };
    CHECK(sigma({red, green, blue}) == sigma({green}));
    CHECK(sigma({red, green, blue}) != sigma({red}));
    CHECK(sigma({green, red}) == sigma({green}));
  }

  TEST_CASE("clipped highlights hide no noise, and alone they tell of none") {
    // A sky beyond white over a noisy ground; the greens' factor puts the cut below the samples'
    // end.
    for (const double balance : {1.0, 1.7}) {
      image::RawPhoto photo = plain_photo(flat_mosaic(200, 160, 65535));
      photo.as_shot = {1.0, balance, balance, 1.0};
      for (int y = 60; y < 160; ++y)
        for (int x = 0; x < 200; ++x) {
          const double random = base::random_normal(
              12, static_cast<std::uint64_t>(y) * 200 + static_cast<std::uint64_t>(x));
          photo.mosaic.colour_row<std::uint16_t>(y)[x] =
              static_cast<std::uint16_t>(std::lround(65535.0 * (0.2 + 0.004 * random)));
        }
      const auto clipped = pipeline::raw_noise(photo, pipeline::balanced_mosaic(photo, {}, 1));
      for (int y = 0; y < 60; ++y)
        std::copy_n(photo.mosaic.colour_row<std::uint16_t>(y + 70), 200,
                    photo.mosaic.colour_row<std::uint16_t>(y));
      const auto whole = pipeline::raw_noise(photo, pipeline::balanced_mosaic(photo, {}, 1));
      REQUIRE(clipped);
      REQUIRE(whole);
      CHECK(whole->sigma_8bit > 0.5);
      CHECK(clipped->sigma_8bit == doctest::Approx(whole->sigma_8bit).epsilon(0.1));
    }
    const image::RawPhoto blown = plain_photo(flat_mosaic(200, 160, 65535));
    CHECK_FALSE(pipeline::raw_noise(blown, pipeline::balanced_mosaic(blown, {}, 1)));
  }

  TEST_CASE("a white balance that is not positive, and pictures in memory, are refused") {
    InterpolateOptions options = bilinear();
    for (const double wrong : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
      options.raw.white_balance = std::array{1.0, wrong, 1.0};
      CHECK(test::code_of([&] {
              pipeline::develop(plain_photo(flat_mosaic(8, 8, 9)), nullptr, options);
            }) == ErrorCode::InvalidArgument);
    }
    CHECK(test::code_of([&] { interpolate(flat_mosaic(8, 8, 9), nullptr, nullptr, bilinear()); }) ==
          ErrorCode::InvalidArgument);
  }

  TEST_CASE("too little memory is refused before the work") {
    InterpolateOptions options = bilinear();
    options.execution.max_memory = 10'000;
    CHECK(test::code_of([&] {
            pipeline::develop(plain_photo(flat_mosaic(100, 100, 9)), nullptr, options);
          }) == ErrorCode::Refused);
    // Enough for the mosaic itself, and nothing is left.
    options.execution.max_memory = 40'000;
    CHECK(test::code_of([&] {
            pipeline::develop(plain_photo(flat_mosaic(100, 100, 9)), nullptr, options);
          }) == ErrorCode::Refused);
  }
}
