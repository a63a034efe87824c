// SPDX-License-Identifier: MIT
#include "pipeline/sources/alpha.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/pictures.h"
#include "tessera/error.h"

using namespace tessera;

TEST_SUITE("pipeline/alpha") {
  TEST_CASE("enlarged alpha keeps the measured values bit for bit and lies between them") {
    for (const SampleType type : {SampleType::U8, SampleType::U16, SampleType::F32})
      for (const int step : {1, 2, 4}) {
        const Image small = test::random_picture(5, 3, 1, type, 1, true);
        Image large(5 * step, 3 * step, 1, type, true);
        pipeline::enlarge_alpha(small, step, large);
        image::with_sample_type(type, [&]<typename T>(T) {
          for (int y = 0; y < large.height(); ++y)
            for (int x = 0; x < large.width(); ++x) {
              if (y % step == 0 && x % step == 0)
                CHECK(large.alpha_row<T>(y)[x] == small.alpha_row<T>(y / step)[x / step]);
              const int top = y / step, bottom = std::min(top + 1, 2);
              const int left = x / step, right = std::min(left + 1, 4);
              const auto [low, high] = std::minmax(
                  {small.alpha_row<T>(top)[left], small.alpha_row<T>(top)[right],
                   small.alpha_row<T>(bottom)[left], small.alpha_row<T>(bottom)[right]});
              CHECK(large.alpha_row<T>(y)[x] >= low);
              CHECK(large.alpha_row<T>(y)[x] <= high);
              // The last row and column are continued.
              if (y / step == 2 && x / step == 4)
                CHECK(large.alpha_row<T>(y)[x] == small.alpha_row<T>(2)[4]);
            }
        });
      }
  }

  TEST_CASE("half way between two alphas is their mean, rounded") {
    Image small(2, 1, 1, SampleType::U8, true), large(4, 2, 1, SampleType::U8, true);
    small.alpha_row<std::uint8_t>(0)[0] = 10;
    small.alpha_row<std::uint8_t>(0)[1] = 21;
    pipeline::enlarge_alpha(small, 2, large);
    CHECK(large.alpha_row<std::uint8_t>(1)[1] == 16);
  }

  TEST_CASE("colours under alpha 0 are filled in from visible ones, which stay as they are") {
    Image picture = test::random_picture(6, 5, 3, SampleType::U8, 2, true);
    for (int y = 0; y < 5; ++y)
      for (int x = 0; x < 6; ++x) {
        picture.alpha_row<std::uint8_t>(y)[x] = x < 3 ? 255 : 0;
        for (int c = 0; c < 3 && x < 3; ++c) picture.colour_row<std::uint8_t>(y)[3 * x + c] = 77;
      }
    CHECK(pipeline::has_hidden_pixels(picture));
    const Image filled = pipeline::with_hidden_colour_filled(picture, 1 << 20);
    for (int y = 0; y < 5; ++y)
      for (int i = 0; i < 18; ++i) CHECK(int{filled.colour_row<std::uint8_t>(y)[i]} == 77);
  }

  TEST_CASE("a picture that is nowhere visible is left alone") {
    const Image picture(4, 4, 3, SampleType::U8, true);
    CHECK(test::same_pixels(picture, pipeline::with_hidden_colour_filled(picture, 1 << 20)));
  }

  TEST_CASE("transparent pixels become opaque, others keep their alpha") {
    Image picture(2, 1, 1, SampleType::U16, true);
    picture.set_max_value(1023);
    picture.alpha_row<std::uint16_t>(0)[1] = 7;
    pipeline::make_transparent_opaque(picture);
    CHECK(picture.alpha_row<std::uint16_t>(0)[0] == 1023);
    CHECK(picture.alpha_row<std::uint16_t>(0)[1] == 7);
  }
}
