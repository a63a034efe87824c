// SPDX-License-Identifier: MIT
// What networks see around a picture, and what that keeps from its border.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "model/architecture/architecture.h"
#include "model/architecture/layer_table.h"
#include "model/network.h"
#include "observation/sampling.h"
#include "support/golden_model.h"
#include "support/pictures.h"
#include "tessera/denoise.h"
#include "tessera/interpolate.h"

using namespace tessera;

namespace {

constexpr int kBorder = model::kPictureBorder;
constexpr int kPeriod = 4;  ///< of what a network of one scale does to one colour, in a mosaic too

Image one_colour(int width, int height, const std::vector<float>& colour) {
  Image picture(width, height, static_cast<int>(colour.size()), SampleType::F32);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      std::copy(colour.begin(), colour.end(),
                picture.colour_row<float>(y) + static_cast<std::size_t>(x) * colour.size());
  return picture;
}

/// Tiles of convolutions lie differently at the border, and round differently.
constexpr double kRounding = 1e-5;

/// Largest difference between a pixel and the one of the same place in the period further inside.
double border_difference(const Image& result) {
  const int channels = result.channels();
  double worst = 0.0;
  for (int y = 0; y < result.height(); ++y)
    for (int x = 0; x < result.width(); ++x)
      for (int c = 0; c < channels; ++c) {
        const int row = 5 * kPeriod + y % kPeriod, column = 5 * kPeriod + x % kPeriod;
        const double difference =
            result.colour_row<float>(y)[static_cast<std::ptrdiff_t>(channels) * x + c] -
            result.colour_row<float>(row)[static_cast<std::ptrdiff_t>(channels) * column + c];
        worst = std::max(worst, std::abs(difference));
      }
  return worst;
}

int reach_of(const std::string& golden_case) {
  const Checkpoint golden = test::open_golden(golden_case);
  const auto architecture =
      model::architecture_from_json(golden.metadata("tessera.architecture"), golden_case);
  return model::receptive_radius(model::layer_table(architecture, golden));
}

}  // namespace

TEST_SUITE("pipeline/picture_border") {
  TEST_CASE("a picture of one colour is restored at its border as inside") {
    for (const char* golden_case :
         {"mixture_bayer_plain", "mixture_noise_plain", "mixture_noisy_bayer_plain"})
      CHECK(reach_of(golden_case) <= kBorder + 1);  // and one for the first estimate, of one colour
    CHECK(reach_of("mixture_decimation2_18x22") > kBorder);  // the border is felt, if faintly
    const Model mosaic = test::golden_model("mixture_bayer_plain");
    const Model grid = test::golden_model("mixture_decimation2_18x22");
    const Model noise = test::golden_model("mixture_noise_plain");
    const Model noisy_mosaic = test::golden_model("mixture_noisy_bayer_plain");

    const Image grey = one_colour(50, 46, {0.75F}), blue = one_colour(50, 46, {0.0F, 0.1F, 1.0F});
    CHECK(border_difference(interpolate(grey, nullptr, &mosaic, {})) < kRounding);
    CHECK(border_difference(
              interpolate(blue, nullptr, &grid, {.missing = MissingPixels::UpscaleGrid})) < 1e-2);
    CHECK(border_difference(interpolate(grey, nullptr, &noisy_mosaic, {.sigma = 10.0})) <
          kRounding);
    CHECK(border_difference(denoise(blue, nullptr, &noise, {.sigma = 25.0})) < kRounding);
  }

  TEST_CASE("a mosaic is restored as part of the one that its mirror images continue") {
    const Model model = test::golden_model("mixture_bayer_scales");
    const model::Network& network = model.network();
    const int multiple = network.size_multiple();
    for (const auto& [height, width] : {std::pair{32, 37}, {27, 40}, {6, 9}}) {
      const Image mosaic = test::random_picture(width, height, 1, SampleType::F32, 12);
      const auto extended = [multiple](int extent) {
        return (extent + 2 * kBorder + multiple - 1) / multiple * multiple;
      };
      const auto mirrored = [](int position, int extent) {
        int index = position - kBorder;
        while (index < 0 || index >= extent) index = index < 0 ? -index : 2 * extent - 2 - index;
        return index;
      };
      const Shape shape{3, extended(height), extended(width)};
      Tensor continued(1, shape.height, shape.width), samples(shape), mask(shape), estimate(shape);
      for (int y = 0; y < shape.height; ++y)
        for (int x = 0; x < shape.width; ++x)
          continued(0, y, x) = mosaic.colour_row<float>(mirrored(y, height))[mirrored(x, width)];
      observation::samples_from_mosaic(continued, BayerPattern::RGGB, 0, 0, samples, mask);
      observation::bilinear_estimate(samples, mask, estimate);
      Tensor expected(shape);
      Workspace scratch;
      network.run(0, {.samples = samples, .mask = mask, .estimate = estimate}, expected, scratch);

      const Image result = interpolate(mosaic, nullptr, &model, {});
      double worst = 0.0;
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          for (int c = 0; c < 3; ++c)
            worst = std::max(worst,
                             std::abs(static_cast<double>(result.colour_row<float>(y)[3 * x + c] -
                                                          expected(c, y + kBorder, x + kBorder))));
      CHECK(worst < 1e-5);
    }
  }

  TEST_CASE("a published network sees the picture as it is") {
    CHECK(test::golden_model("conv_dncnn_19x23").network().picture_border() == 0);
    CHECK(test::golden_model("conv_ffdnet_18x22").network().picture_border() == 0);
  }
}
