// SPDX-License-Identifier: MIT
#include "pipeline/tiles/self_ensemble.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "support/golden_model.h"
#include "support/pictures.h"

using namespace tessera;

namespace {}  // namespace

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

  TEST_CASE("the mean over turns keeps measured pixels of enlargements and of holes") {
    const Model grid = test::golden_model("mixture_decimation2_18x22");
    const Image small = test::random_picture(9, 7, 3, SampleType::U8, 10);
    for (const int scale : {2, 4}) {
      const Image large = interpolate(
          small, nullptr, &grid,
          {.missing = MissingPixels::UpscaleGrid, .scale = scale, .self_ensemble = true});
      bool same = true;
      for (int y = 0; y < 7; ++y)
        for (int x = 0; x < 9; ++x)
          for (int c = 0; c < 3; ++c)
            same &= large.colour_row<std::uint8_t>(scale * y)[3 * scale * x + c] ==
                    small.colour_row<std::uint8_t>(y)[3 * x + c];
      CHECK(same);
    }
    const Model holes = test::golden_model("mixture_mask_18x22");
    const Image mask = test::half_mask(9, 7);
    const Image filled = interpolate(small, &mask, &holes,
                                     {.missing = MissingPixels::MaskFile, .self_ensemble = true});
    CHECK(filled.colour_row<std::uint8_t>(3)[3 * 3] == small.colour_row<std::uint8_t>(3)[3 * 3]);
  }
}
