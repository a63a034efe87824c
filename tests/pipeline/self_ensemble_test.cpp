// SPDX-License-Identifier: MIT
#include "pipeline/turns/self_ensemble.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "support/golden_model.h"
#include "support/pictures.h"

using namespace tessera;

namespace {

constexpr SampleType kTypes[] = {SampleType::U8, SampleType::U16, SampleType::F32};

bool all_measured(int, int, int) { return true; }

/// How many samples of `observed` that is_measured(y, x, c) are not, bit for bit, those of `result`
/// at `scale` times their place.
template <typename Question = bool (*)(int, int, int)>
int changed_samples(const Image& observed,
                    int scale,
                    const Image& result,
                    const Question& is_measured = all_measured) {
  int changed = 0;
  const int channels = observed.channels();
  image::with_sample_type(observed.type(), [&]<typename T>(T) {
    for (int y = 0; y < observed.height(); ++y)
      for (int x = 0; x < observed.width(); ++x)
        for (int c = 0; c < channels; ++c)
          changed +=
              is_measured(y, x, c) && result.colour_row<T>(scale * y)[channels * scale * x + c] !=
                                          observed.colour_row<T>(y)[channels * x + c];
  });
  return changed;
}

}  // namespace

TEST_SUITE("pipeline/self_ensemble") {
  TEST_CASE("the mean over turns of a turned picture is the turned mean") {
    // Eight restorations of a picture and of its mirror image are the same eight.
    const Model bayer = test::golden_model("mixture_bayer_18x22");
    const Image mosaic = test::random_picture(22, 18, 1, SampleType::U16, 9);
    Image mirrored(22, 18, 1, SampleType::U16);
    for (int y = 0; y < 18; ++y)
      for (int x = 0; x < 22; ++x)
        mirrored.colour_row<std::uint16_t>(y)[x] = mosaic.colour_row<std::uint16_t>(y)[21 - x];
    const Image a = interpolate(mosaic, nullptr, &bayer, {.self_ensemble = true});
    const Image b = interpolate(mirrored, nullptr, &bayer,
                                {.pattern = BayerPattern::GRBG, .self_ensemble = true});
    int worst = 0;
    for (int y = 0; y < 18; ++y)
      for (int x = 0; x < 22; ++x)
        for (int c = 0; c < 3; ++c)
          worst = std::max(worst, std::abs(a.colour_row<std::uint16_t>(y)[3 * x + c] -
                                           b.colour_row<std::uint16_t>(y)[3 * (21 - x) + c]));
    // The order of summation differs: one step of 65535.
    CHECK(worst <= 1);
    CHECK(test::samples_kept<std::uint16_t>(mosaic, BayerPattern::RGGB, a));
  }

  TEST_CASE("the mean over turns keeps every measured sample of enlargements") {
    const Model grid = test::golden_model("mixture_decimation2_18x22");
    for (const SampleType type : kTypes)
      for (const int scale : {2, 4}) {
        InterpolateOptions options{
            .missing = MissingPixels::UpscaleGrid, .scale = scale, .self_ensemble = true};
        const Image small = test::random_picture(9, 7, 3, type, 10);
        CHECK(changed_samples(small, scale, interpolate(small, nullptr, &grid, options)) == 0);
        options.method = ClassicalMethod::Bilinear;
        CHECK(changed_samples(small, scale, interpolate(small, nullptr, nullptr, options)) == 0);
      }
  }

  TEST_CASE("the mean over turns keeps every sample of mosaics") {
    const Model bayer = test::golden_model("mixture_bayer_18x22");
    const Image mosaic = test::random_picture(22, 18, 1, SampleType::F32, 9);
    for (const BayerPattern pattern : test::kPatterns) {
      InterpolateOptions options{.pattern = pattern, .self_ensemble = true};
      CHECK(test::samples_kept<float>(mosaic, pattern,
                                      interpolate(mosaic, nullptr, &bayer, options)));
      options.method = ClassicalMethod::Menon;
      CHECK(test::samples_kept<float>(mosaic, pattern,
                                      interpolate(mosaic, nullptr, nullptr, options)));
    }
  }

  TEST_CASE("the mean over turns keeps every measured sample around holes") {
    const Model holes = test::golden_model("mixture_mask_18x22");
    const Image mask = test::half_mask(9, 7);
    for (const SampleType type : kTypes)
      for (const bool with_alpha : {false, true}) {
        const Image picture = test::random_picture(9, 7, 3, type, 10, with_alpha);
        const Image filled = interpolate(
            picture, &mask, &holes, {.missing = MissingPixels::MaskFile, .self_ensemble = true});
        CHECK(changed_samples(picture, 1, filled, [&](int y, int x, int) {
                return mask.colour_row<std::uint8_t>(y)[x] != 0;
              }) == 0);
      }
  }

  TEST_CASE("the mean over turns takes no notice of what lies under alpha 0") {
    const Model holes = test::golden_model("mixture_mask_18x22");
    const Image mask = test::half_mask(9, 7);
    Image picture = test::random_picture(9, 7, 3, SampleType::F32, 10, true);
    std::fill_n(picture.alpha_row<float>(0), 63, 1.0F);
    int x = 0;
    while (mask.colour_row<std::uint8_t>(3)[x] == 0) ++x;
    picture.alpha_row<float>(3)[x] = 0.0F;
    const InterpolateOptions options{.missing = MissingPixels::MaskFile, .self_ensemble = true};
    const Image expected = interpolate(picture, &mask, &holes, options);
    picture.colour_row<float>(3)[3 * x] = NAN;
    const Image filled = interpolate(picture, &mask, &holes, options);
    CHECK(std::isnan(filled.colour_row<float>(3)[3 * x]));
    CHECK(changed_samples(expected, 1, filled,
                          [&](int row, int column, int) { return row != 3 || column != x; }) == 0);
  }

  TEST_CASE("the mean over turns keeps the numbers of a pixel that is not a number everywhere") {
    const Model holes = test::golden_model("mixture_mask_18x22");
    Image picture = test::random_picture(9, 7, 3, SampleType::F32, 10);
    for (int y = 0; y < 7; ++y) picture.colour_row<float>(y)[3 * ((2 * y) % 9) + y % 3] = NAN;
    const Image filled = interpolate(picture, nullptr, &holes,
                                     {.missing = MissingPixels::NotANumber, .self_ensemble = true});
    const auto is_number = [&](int y, int x, int c) {
      return std::isfinite(picture.colour_row<float>(y)[3 * x + c]);
    };
    CHECK(changed_samples(picture, 1, filled, is_number) == 0);
    for (int y = 0; y < 7; ++y)
      for (int i = 0; i < 27; ++i) CHECK(std::isfinite(filled.colour_row<float>(y)[i]));
  }

  TEST_CASE("a picture without holes comes back with the warning that it gets without turns") {
    const Image whole = test::random_picture(20, 18, 3, SampleType::F32, 5);
    for (const bool turns : {false, true}) {
      const Image result = interpolate(whole, nullptr, nullptr,
                                       {.missing = MissingPixels::NotANumber,
                                        .method = ClassicalMethod::Bilinear,
                                        .self_ensemble = turns});
      CHECK(test::same_pixels(whole, result));
      REQUIRE(result.warnings.size() == 1);
      CHECK(result.warnings[0] == "nothing is missing: every sample is a number");
    }
  }
}
