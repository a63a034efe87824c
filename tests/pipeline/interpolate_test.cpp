// SPDX-License-Identifier: MIT
#include "tessera/interpolate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "support/error_code.h"
#include "support/golden_model.h"
#include "support/pictures.h"
#include "tessera/error.h"

using namespace tessera;
using test::code_of;

namespace {

constexpr std::pair<int, int> kSizes[] = {{1, 1}, {1, 13}, {13, 1}, {2, 2}, {33, 31}, {70, 54}};
constexpr SampleType kTypes[] = {SampleType::U8, SampleType::U16, SampleType::F32};

/// Calls check(model or null, options) with each network and with each classical method given.
template <typename Check>
void with_all_methods(std::initializer_list<const char*> golden_cases,
                      InterpolateOptions options,
                      std::initializer_list<ClassicalMethod> methods,
                      const Check& check) {
  options.execution.max_memory = std::int64_t{1} << 30;
  for (const char* name : golden_cases) {
    CAPTURE(name);
    const Model model = test::golden_model(name);
    check(&model, options);
  }
  for (const ClassicalMethod method : methods) {
    options.method = method;
    check(nullptr, options);
  }
}

}  // namespace

TEST_SUITE("pipeline/interpolate") {
  TEST_CASE("demosaicking keeps measured samples bit for bit, in every phase, size and depth") {
    with_all_methods({"mixture_bayer_18x22", "mixture_bayer_scales"}, {},
                     {ClassicalMethod::Bilinear, ClassicalMethod::Malvar, ClassicalMethod::Menon},
                     [](const Model* model, InterpolateOptions options) {
                       for (const auto& [height, width] : kSizes)
                         for (const SampleType type : kTypes)
                           for (const BayerPattern pattern : test::kPatterns) {
                             options.pattern = pattern;
                             const Image mosaic = test::random_picture(width, height, 1, type, 1);
                             const Image result = interpolate(mosaic, nullptr, model, options);
                             CHECK(result.channels() == 3);
                             CHECK(result.type() == type);
                             image::with_sample_type(type, [&]<typename T>(T) {
                               CHECK(test::samples_kept<T>(mosaic, pattern, result));
                             });
                           }
                     });
  }

  TEST_CASE("enlarging keeps the measured pixels at multiples of the scale") {
    for (const int scale : {2, 4})
      with_all_methods(
          {"mixture_decimation2_18x22", "mixture_decimation2_scales"},
          {.missing = MissingPixels::UpscaleGrid, .scale = scale},
          {ClassicalMethod::Bilinear, ClassicalMethod::Bicubic},
          [scale](const Model* model, const InterpolateOptions& options) {
            for (const auto& [height, width] : kSizes)
              for (const int channels : {1, 3}) {
                const Image small =
                    test::random_picture(width, height, channels, SampleType::U16, 2);
                const Image result = interpolate(small, nullptr, model, options);
                CHECK(result.width() == scale * width);
                CHECK(result.height() == scale * height);
                CHECK(result.channels() == channels);
                bool same = true;
                for (int y = 0; y < height; ++y)
                  for (int x = 0; x < width * channels; ++x)
                    same &= result.colour_row<std::uint16_t>(
                                scale * y)[scale * (x / channels) * channels + x % channels] ==
                            small.colour_row<std::uint16_t>(y)[x];
                CHECK(same);
              }
          });
  }

  TEST_CASE("a network for one channel restores each colour as it restores grey") {
    const Model model = test::golden_model("mixture_decimation2_grey");
    const InterpolateOptions options{.missing = MissingPixels::UpscaleGrid};
    const Image colour = test::random_picture(20, 14, 3, SampleType::U8, 3);
    Image green(20, 14, 1, SampleType::U8);
    for (int y = 0; y < 14; ++y)
      for (int x = 0; x < 20; ++x)
        green.colour_row<std::uint8_t>(y)[x] = colour.colour_row<std::uint8_t>(y)[3 * x + 1];
    const Image all = interpolate(colour, nullptr, &model, options);
    const Image one = interpolate(green, nullptr, &model, options);
    bool same = true;
    for (int y = 0; y < 28; ++y)
      for (int x = 0; x < 40; ++x)
        same &= all.colour_row<std::uint8_t>(y)[3 * x + 1] == one.colour_row<std::uint8_t>(y)[x];
    CHECK(same);
  }

  TEST_CASE("filling holes keeps every measured pixel, by mask, value, alpha and NaN") {
    with_all_methods(
        {"mixture_mask_18x22", "mixture_mask_scales_8x8"}, {.missing = MissingPixels::MaskFile},
        {ClassicalMethod::Bilinear, ClassicalMethod::Tv},
        [](const Model* model, const InterpolateOptions& options) {
          for (const auto& [height, width] : kSizes)
            for (const int channels : {1, 3}) {
              const Image picture =
                  test::random_picture(width, height, channels, SampleType::U8, 4);
              const Image mask = test::half_mask(width, height);
              const Image result = interpolate(picture, &mask, model, options);
              bool same = true;
              for (int y = 0; y < height; ++y)
                for (int x = 0; x < width; ++x)
                  for (int c = 0; c < channels && mask.colour_row<std::uint8_t>(y)[x] != 0; ++c)
                    same &= result.colour_row<std::uint8_t>(y)[x * channels + c] ==
                            picture.colour_row<std::uint8_t>(y)[x * channels + c];
              CHECK(same);
            }
        });
  }

  TEST_CASE("alpha, value and NaN mark the same holes as a mask does") {
    const Model model = test::golden_model("mixture_mask_18x22");
    const Image mask = test::half_mask(21, 17);
    Image by_alpha = test::random_picture(21, 17, 3, SampleType::F32, 5, true);
    for (int y = 0; y < 17; ++y)
      for (int x = 0; x < 21; ++x) {
        const bool measured = mask.colour_row<std::uint8_t>(y)[x] != 0;
        by_alpha.alpha_row<float>(y)[x] = measured ? 0.5F : 0.0F;
        for (int c = 0; c < 3 && !measured; ++c) by_alpha.colour_row<float>(y)[3 * x + c] = 2.0F;
      }
    Image plain(21, 17, 3, SampleType::F32), with_nan(21, 17, 3, SampleType::F32);
    for (int y = 0; y < 17; ++y)
      for (int i = 0; i < 63; ++i) {
        const float value = by_alpha.colour_row<float>(y)[i];
        plain.colour_row<float>(y)[i] = value;
        with_nan.colour_row<float>(y)[i] = value == 2.0F ? std::nanf("") : value;
      }
    const Image expected = interpolate(plain, &mask, &model, {.missing = MissingPixels::MaskFile});
    CHECK(test::same_pixels(expected,
                            interpolate(plain, nullptr, &model,
                                        {.missing = MissingPixels::Value, .missing_value = 2.0})));
    CHECK(test::same_pixels(
        expected, interpolate(with_nan, nullptr, &model, {.missing = MissingPixels::NotANumber})));
    const Image opaque =
        interpolate(by_alpha, nullptr, &model, {.missing = MissingPixels::MaskAlpha});
    for (int y = 0; y < 17; ++y)
      for (int x = 0; x < 21; ++x) {
        const bool measured = mask.colour_row<std::uint8_t>(y)[x] != 0;
        CHECK(opaque.alpha_row<float>(y)[x] == (measured ? 0.5F : 1.0F));
        CHECK(opaque.colour_row<float>(y)[3 * x] == expected.colour_row<float>(y)[3 * x]);
      }
  }

  TEST_CASE("colours under alpha 0 do not bleed into what is visible") {
    const Model model = test::golden_model("mixture_decimation2_18x22");
    Image clean = test::random_picture(24, 20, 3, SampleType::U8, 6, true);
    Image dirty = test::random_picture(24, 20, 3, SampleType::U8, 7, true);
    for (int y = 0; y < 20; ++y)
      for (int x = 0; x < 24; ++x) {
        const bool visible = (x - 12) * (x - 12) + (y - 10) * (y - 10) < 64;
        for (Image* picture : {&clean, &dirty})
          picture->alpha_row<std::uint8_t>(y)[x] = visible ? 255 : 0;
        for (int c = 0; c < 3 && visible; ++c)
          dirty.colour_row<std::uint8_t>(y)[3 * x + c] =
              clean.colour_row<std::uint8_t>(y)[3 * x + c];
      }
    const InterpolateOptions options{.missing = MissingPixels::UpscaleGrid};
    const Image a = interpolate(clean, nullptr, &model, options);
    const Image b = interpolate(dirty, nullptr, &model, options);
    bool same = true;
    for (int y = 0; y < 40; ++y)
      for (int x = 0; x < 48; ++x)
        if (a.alpha_row<std::uint8_t>(y)[x] != 0)
          for (int c = 0; c < 3; ++c)
            same &= a.colour_row<std::uint8_t>(y)[3 * x + c] ==
                    b.colour_row<std::uint8_t>(y)[3 * x + c];
    CHECK(same);
    // What nobody sees is kept all the same, like everything measured.
    CHECK(b.colour_row<std::uint8_t>(0)[0] == dirty.colour_row<std::uint8_t>(0)[0]);
  }

  TEST_CASE("real networks: pixels do not depend on tiles or threads") {
    for (const char* name : {"mixture_bayer_full_width", "mixture_bayer_scales", "glr_bayer_18x22",
                             "gtv_bayer_18x22", "transformer_bayer_30x12"}) {
      const Model model = test::golden_model(name);
      const Image mosaic = test::random_picture(150, 133, 1, SampleType::U16, 8);
      InterpolateOptions options{.pattern = BayerPattern::GBRG};
      options.execution = {.threads = 1, .tile = 1024, .max_memory = std::int64_t{1} << 31};
      const Image whole = interpolate(mosaic, nullptr, &model, options);
      for (const int tile : {0, 32, 64, 97, 512})
        for (const int threads : {1, 3}) {
          CAPTURE(name);
          CAPTURE(tile);
          CAPTURE(threads);
          options.execution.tile = tile;
          options.execution.threads = threads;
          CHECK(test::same_pixels(whole, interpolate(mosaic, nullptr, &model, options)));
        }
    }
  }

  TEST_CASE("a deep network's pixels do not depend on tiles, in rounding neither") {
    // Fourteen convolutions in a row: Winograd's rounding travels farther than values do.
    const Model model = test::deep_golden_model("mixture_bayer_full_width", 6);
    const Image mosaic = test::random_picture(230, 210, 1, SampleType::F32, 11);
    InterpolateOptions options;
    options.execution = {.threads = 1, .tile = 1024, .max_memory = std::int64_t{1} << 31};
    const Image whole = interpolate(mosaic, nullptr, &model, options);
    for (const int tile : {8, 32, 64, 97}) {
      CAPTURE(tile);
      options.execution.tile = tile;
      CHECK(test::same_pixels(whole, interpolate(mosaic, nullptr, &model, options)));
    }
  }

  TEST_CASE("what cannot be meant is an error of the right kind") {
    const Model bayer = test::golden_model("mixture_bayer_18x22");
    const Image colour = test::random_picture(8, 8, 3, SampleType::U8, 1);
    const Image grey = test::random_picture(8, 8, 1, SampleType::U8, 1);
    const Image mask(8, 8, 1, SampleType::U8), small_mask(4, 8, 1, SampleType::U8);
    const InterpolateOptions holes{.missing = MissingPixels::MaskFile,
                                   .method = ClassicalMethod::Tv};
    CHECK(code_of([&] { interpolate(colour, nullptr, &bayer, {}); }) == ErrorCode::BadImage);
    CHECK(code_of([&] { interpolate(grey, nullptr, nullptr, {}); }) == ErrorCode::InvalidArgument);
    CHECK(code_of([&] { interpolate(colour, &mask, nullptr, holes); }) == ErrorCode::BadImage);
    CHECK(code_of([&] { interpolate(colour, &small_mask, nullptr, holes); }) ==
          ErrorCode::BadImage);
    CHECK(code_of([&] {
            interpolate(colour, nullptr, &bayer, {.missing = MissingPixels::UpscaleGrid});
          }) == ErrorCode::BadCheckpoint);
    CHECK(code_of([&] { interpolate(grey, nullptr, nullptr, {.method = ClassicalMethod::Tv}); }) ==
          ErrorCode::InvalidArgument);
    CHECK(code_of([&] {
            interpolate(colour, nullptr, nullptr,
                        {.missing = MissingPixels::UpscaleGrid,
                         .scale = 3,
                         .method = ClassicalMethod::Bicubic});
          }) == ErrorCode::InvalidArgument);
    CHECK(code_of([&] {
            interpolate(grey, nullptr, &bayer, {.execution = {.max_memory = 1000}});
          }) == ErrorCode::Refused);
    Image with_nan(8, 8, 1, SampleType::F32);
    with_nan.colour_row<float>(3)[3] = std::numeric_limits<float>::quiet_NaN();
    CHECK(code_of([&] { interpolate(with_nan, nullptr, &bayer, {}); }) == ErrorCode::BadImage);
    // Also where nothing is missing.
    CHECK(code_of([&] {
            interpolate(with_nan, nullptr, nullptr,
                        {.missing = MissingPixels::Value,
                         .missing_value = 999.0,
                         .method = ClassicalMethod::Bilinear});
          }) == ErrorCode::BadImage);
  }
}
