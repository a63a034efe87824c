// SPDX-License-Identifier: MIT
#include "pipeline/tiles/memory.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <tuple>

#include "pipeline/denoise/residual_limits.h"
#include "support/error_code.h"
#include "support/pictures.h"
#include "tessera/denoise.h"
#include "tessera/interpolate.h"

using namespace tessera;

TEST_SUITE("pipeline/memory") {
  TEST_CASE("four times is refused where the picture at twice its size does not fit") {
    const Image picture = test::random_picture(300, 200, 3, SampleType::U8, 1);
    const std::int64_t half = std::int64_t{600} * 400 * 3 * 4;
    const auto enlarge = [&picture](std::int64_t memory) {
      return interpolate(picture, nullptr, nullptr,
                         {.missing = MissingPixels::UpscaleGrid,
                          .scale = 4,
                          .method = ClassicalMethod::Bicubic,
                          .execution = {.threads = 1, .max_memory = memory}});
    };
    CHECK(enlarge(half * 3 / 2).width() == 1200);
    CHECK(test::code_of([&] { enlarge(half - 1); }) == ErrorCode::Refused);
  }

  TEST_CASE("holes are refused where the planes of total variation do not fit") {
    Image picture = test::random_picture(300, 200, 1, SampleType::F32, 1);
    for (int y = 0; y < 200; ++y)
      for (int x = y % 2; x < 300; x += 2) picture.colour_row<float>(y)[x] = NAN;
    const std::int64_t planes = std::int64_t{300} * 200 * 4 * 12;
    const auto fill = [&picture](std::int64_t memory) {
      return interpolate(picture, nullptr, nullptr,
                         {.missing = MissingPixels::NotANumber,
                          .method = ClassicalMethod::Tv,
                          .execution = {.threads = 1, .max_memory = memory}});
    };
    CHECK(test::code_of([&] { fill(planes - 1); }) == ErrorCode::Refused);
    CHECK(fill(planes).width() == 300);
  }

  TEST_CASE("the mean of eight turns is refused where its float copies do not fit") {
    const Image picture = test::random_picture(600, 400, 1, SampleType::U8, 1);
    const std::int64_t copies = std::int64_t{600} * 400 * 4 * 4;
    const auto restore = [&picture](std::int64_t memory) {
      return denoise(picture, nullptr, nullptr,
                     {.sigma = 10.0,
                      .method = DenoiseMethod::NonlocalMeans,
                      .self_ensemble = true,
                      .execution = {.threads = 1, .max_memory = memory}});
    };
    CHECK(test::code_of([&] { restore(copies - 1); }) == ErrorCode::Refused);
  }

  TEST_CASE("denoising is refused where what limits the residual does not fit, and says so") {
    for (const auto& [width, height, channels] :
         {std::tuple{1, 1, 1}, {4, 8, 1}, {5, 9, 3}, {160, 3, 3}, {3, 160, 1}}) {
      const Image picture = test::random_picture(width, height, channels, SampleType::U8, 1);
      // Two floats of each channel of each block of 4x4 pixels, four of each sample of a row.
      const int bytes = 4 * channels * (2 * ((width + 3) / 4) * ((height + 3) / 4) + 4 * width);
      CHECK(pipeline::residual_limits_bytes(picture, 1) == bytes);
      const auto complaint = [&picture](std::int64_t memory) {
        try {
          denoise(picture, nullptr, nullptr,
                  {.sigma = 10.0,
                   .method = DenoiseMethod::NonlocalMeans,
                   .execution = {.threads = 1, .max_memory = memory}});
        } catch (const Error& error) {
          CHECK(error.code() == ErrorCode::Refused);
          return std::string(error.what());
        }
        return std::string();
      };
      const std::string limiting = "limiting what is taken away";
      CHECK(test::mentions(complaint(bytes - 1), limiting));
      CHECK_FALSE(test::mentions(complaint(bytes), limiting));
    }
  }
}
