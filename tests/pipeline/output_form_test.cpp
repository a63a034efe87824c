// SPDX-License-Identifier: MIT
#include "pipeline/batch/output_form.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/pictures.h"
#include "tessera/error.h"

using namespace tessera;

TEST_SUITE("pipeline/output_form") {
  TEST_CASE("every 8-bit level has its place at each finer depth, and comes back from it") {
    Image ramp(256, 1, 1, SampleType::U8);
    for (int i = 0; i < 256; ++i)
      ramp.colour_row<std::uint8_t>(0)[i] = static_cast<std::uint8_t>(i);
    for (const SampleType fine : {SampleType::U16, SampleType::F32}) {
      const Image deep = pipeline::at_finer_depth(ramp.clone(), {.depth = fine});
      CHECK(deep.type() == fine);
      if (fine == SampleType::U16)
        for (int i = 0; i < 256; ++i) CHECK(deep.colour_row<std::uint16_t>(0)[i] == 257 * i);
      const Image back = pipeline::in_form(deep.clone(), {.depth = SampleType::U8});
      CHECK(test::same_pixels(back, ramp));
    }
  }

  TEST_CASE("a coarser depth is not taken before the work, a finer one not twice") {
    const Image picture = test::random_picture(5, 4, 3, SampleType::U16, 1, true);
    CHECK(test::same_pixels(pipeline::at_finer_depth(picture.clone(), {.depth = SampleType::U8}),
                            picture));
    CHECK(
        test::same_pixels(pipeline::in_form(picture.clone(), {.depth = SampleType::U16}), picture));
    CHECK(test::same_pixels(pipeline::in_form(picture.clone(), {}), picture));
  }

  TEST_CASE("levels go to the nearest one below, by the definition, alpha too") {
    const Image picture = test::random_picture(33, 7, 3, SampleType::U16, 2, true);
    const Image result = pipeline::in_form(picture.clone(), {.depth = SampleType::U8});
    REQUIRE(result.has_alpha());
    for (int y = 0; y < 7; ++y) {
      for (int i = 0; i < 99; ++i)
        CHECK(result.colour_row<std::uint8_t>(y)[i] ==
              std::lround(picture.colour_row<std::uint16_t>(y)[i] / 257.0));
      for (int x = 0; x < 33; ++x)
        CHECK(result.alpha_row<std::uint8_t>(y)[x] ==
              std::lround(picture.alpha_row<std::uint16_t>(y)[x] / 257.0));
    }
  }

  TEST_CASE("dithering keeps levels that exist, and the mean of those between") {
    Image flat(200, 200, 1, SampleType::U16);
    const auto fill = [&](int value) {
      std::fill_n(flat.colour_row<std::uint16_t>(0), 40000, static_cast<std::uint16_t>(value));
    };
    const OutputForm form{.depth = SampleType::U8, .dither = true};
    for (const int level : {0, 77, 255}) {
      fill(level * 257);
      const Image result = pipeline::in_form(flat.clone(), form);
      for (int i = 0; i < 40000; ++i) CHECK(result.colour_row<std::uint8_t>(0)[i] == level);
    }
    fill(100 * 257 + 64);
    const Image result = pipeline::in_form(flat.clone(), form);
    double sum = 0.0;
    for (int i = 0; i < 40000; ++i) sum += result.colour_row<std::uint8_t>(0)[i];
    // The mean of 40,000 independent roundings of 100.25: standard error 0.002.
    CHECK(std::abs(sum / 40000 - (100 + 64 / 257.0)) < 0.01);
  }

  TEST_CASE("a grey picture in colour that becomes grey keeps its white and its alpha") {
    Image picture(3, 2, 3, SampleType::U16, true);
    picture.set_max_value(1023.0F);
    for (int k = 0; k < 6; ++k) {
      std::fill_n(picture.colour_row<std::uint16_t>(0) + 3 * k, 3,
                  static_cast<std::uint16_t>(200 * k));
      picture.alpha_row<std::uint16_t>(0)[k] = static_cast<std::uint16_t>(1023 - 100 * k);
    }
    Image grey(3, 2, 1, SampleType::U16, true);
    grey.set_max_value(1023.0F);
    for (int k = 0; k < 6; ++k) {
      grey.colour_row<std::uint16_t>(0)[k] = static_cast<std::uint16_t>(200 * k);
      grey.alpha_row<std::uint16_t>(0)[k] = static_cast<std::uint16_t>(1023 - 100 * k);
    }
    CHECK(test::same_pixels(pipeline::in_form(picture.clone(), {.grey_when_equal = true}), grey));
    CHECK(test::same_pixels(pipeline::in_form(picture.clone(), {}), picture));
  }

  TEST_CASE("alpha is rounded and not dithered") {
    Image picture(64, 1, 1, SampleType::U16, true);
    std::fill_n(picture.alpha_row<std::uint16_t>(0), 64, std::uint16_t{100 * 257 + 64});
    const Image result =
        pipeline::in_form(picture.clone(), {.depth = SampleType::U8, .dither = true});
    for (int i = 0; i < 64; ++i) CHECK(result.alpha_row<std::uint8_t>(0)[i] == 100);
  }

  TEST_CASE("floats are clamped, not wrapped, and must be finite") {
    Image picture(3, 1, 1, SampleType::F32);
    float* samples = picture.colour_row<float>(0);
    samples[0] = -0.5F, samples[1] = 0.5F, samples[2] = 7.0F;
    const OutputForm form{.depth = SampleType::U8};
    const Image result = pipeline::in_form(picture.clone(), form);
    CHECK(result.colour_row<std::uint8_t>(0)[0] == 0);
    CHECK(result.colour_row<std::uint8_t>(0)[1] == 128);
    CHECK(result.colour_row<std::uint8_t>(0)[2] == 255);
    samples[1] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_AS(pipeline::in_form(picture.clone(), form), Error);
  }

  TEST_CASE("a background that is no colour is refused") {
    CHECK_NOTHROW(pipeline::check_form({.background = BackgroundColour{0.0, 1.0, 0.5}}));
    for (const double wrong : {2.0, -0.1, std::nan("")})
      CHECK_THROWS_AS(pipeline::check_form({.background = BackgroundColour{0.0, wrong, 0.5}}),
                      Error);
  }

  TEST_CASE("over a background: opaque colours stay, transparent ones are the background") {
    Image picture = test::random_picture(4, 3, 3, SampleType::U8, 3, true);
    std::uint8_t* alpha = picture.alpha_row<std::uint8_t>(0);
    for (int i = 0; i < 12; ++i) alpha[i] = i % 2 == 0 ? 255 : 0;
    const Image result =
        pipeline::in_form(picture.clone(), {.background = BackgroundColour{1.0, 0.0, 0.2}});
    REQUIRE_FALSE(result.has_alpha());
    const std::uint8_t* from = picture.colour_row<std::uint8_t>(0);
    const std::uint8_t* to = result.colour_row<std::uint8_t>(0);
    const int behind[] = {255, 0, 51};
    for (int i = 0; i < 36; ++i) CHECK(to[i] == (i / 3 % 2 == 0 ? from[i] : behind[i % 3]));
  }

  TEST_CASE("over a background: grey is in colour where the background is") {
    Image picture(2, 1, 1, SampleType::U8, true);
    std::uint8_t* const samples = picture.colour_row<std::uint8_t>(0);
    samples[0] = samples[1] = 100;
    picture.alpha_row<std::uint8_t>(0)[0] = 255;
    picture.alpha_row<std::uint8_t>(0)[1] = 0;
    const auto laid_over = [&](BackgroundColour colour) {
      const Image result = pipeline::in_form(picture.clone(), {.background = colour});
      const auto* first = result.colour_row<std::uint8_t>(0);
      return std::vector<int>(first, first + 2 * result.channels());
    };
    CHECK(laid_over({1.0, 0.0, 0.2}) == std::vector<int>{100, 100, 100, 255, 0, 51});
    CHECK(laid_over({0.2, 0.2, 0.6}) == std::vector<int>{100, 100, 100, 51, 51, 153});
    CHECK(laid_over({0.2, 0.2, 0.2}) == std::vector<int>{100, 51});
  }

  TEST_CASE("over a background: what nobody sees may be no number") {
    Image picture = test::random_picture(4, 3, 3, SampleType::F32, 3, true);
    for (int i = 0; i < 12; ++i) picture.alpha_row<float>(0)[i] = i % 2 == 0 ? 1.0F : 0.0F;
    for (int c = 0; c < 3; ++c) picture.colour_row<float>(0)[3 + c] = c == 1 ? INFINITY : NAN;
    const Image result =
        pipeline::in_form(picture.clone(), {.background = BackgroundColour{1.0, 0.0, 0.25}});
    for (int c = 0; c < 3; ++c)
      CHECK(result.colour_row<float>(0)[3 + c] == (c == 0 ? 1.0F : c == 1 ? 0.0F : 0.25F));
  }

  TEST_CASE("three equal channels become one on request, alpha stays, others stay in colour") {
    Image picture = test::random_picture(3, 5, 3, SampleType::U16, 4, true);
    const OutputForm form{.grey_when_equal = true};
    CHECK(pipeline::in_form(picture.clone(), form).channels() == 3);
    std::uint16_t* samples = picture.colour_row<std::uint16_t>(0);
    for (int i = 0; i < 45; ++i) samples[i] = samples[i - i % 3];
    const Image grey = pipeline::in_form(picture.clone(), form);
    REQUIRE(grey.channels() == 1);
    for (int i = 0; i < 15; ++i) {
      CHECK(grey.colour_row<std::uint16_t>(0)[i] == samples[3 * i]);
      CHECK(grey.alpha_row<std::uint16_t>(0)[i] == picture.alpha_row<std::uint16_t>(0)[i]);
    }
  }
}
