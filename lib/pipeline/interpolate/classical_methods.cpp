// SPDX-License-Identifier: MIT
#include "pipeline/interpolate/classical_methods.h"

#include <fmt/format.h>

#include "classical/demosaic.h"
#include "classical/total_variation.h"
#include "classical/upscale.h"
#include "image/convert.h"
#include "pipeline/tiles/memory.h"

namespace tessera::pipeline {
namespace {

/// More than the radius of any of the local methods (Menon: 8), and even.
constexpr int kLocalHalo = 16;
/// Floats that total variation holds for each value, with samples, mask and result, and beside them
/// for each pixel.
constexpr double kTvFloatsOfValue = 10.0, kTvFloatsOfPixel = 2.0;

}  // namespace

LocalMethod demosaic_method(ClassicalMethod method, BayerPattern pattern) {
  LocalMethod local{
      .channels = 3, .scale = 1, .halo = kLocalHalo, .planes_per_pixel = 1, .run = {}};
  local.run = [method, pattern](TensorView<const float> in, TensorView<float> out) {
    if (method == ClassicalMethod::Menon)
      classical::demosaic_menon(in, pattern, out);
    else if (method == ClassicalMethod::Malvar)
      classical::demosaic_malvar(in, pattern, out);
    else
      classical::demosaic_bilinear(in, pattern, out);
  };
  return local;
}

LocalMethod upscale2_method(ClassicalMethod method, int channels) {
  LocalMethod local{
      .channels = channels, .scale = 2, .halo = kLocalHalo, .planes_per_pixel = 2, .run = {}};
  local.run = method == ClassicalMethod::Bicubic ? classical::upscale2_bicubic
                                                 : classical::upscale2_bilinear;
  return local;
}

void fill_classically(ClassicalMethod method,
                      const Image& picture,
                      const MeasuredMap& map,
                      std::int64_t memory,
                      Image& result) {
  const Shape shape{picture.channels(), picture.height(), picture.width()};
  const double floats = kTvFloatsOfValue * static_cast<double>(shape.count()) +
                        kTvFloatsOfPixel * static_cast<double>(shape.plane());
  require_memory(floats * sizeof(float), memory, "filling holes in whole planes");
  Tensor samples = image::tensor_from_image(picture), mask(shape), filled(shape);
  for (int c = 0; c < shape.channels; ++c)
    for (std::size_t i = 0; i < shape.plane(); ++i) {
      const bool measured = map.states[i] == PixelState::Measured;
      mask.view().plane(c)[i] = measured ? 1.0F : 0.0F;
      if (!measured) samples.view().plane(c)[i] = 0.0F;
    }
  if (method == ClassicalMethod::Tv) {
    const classical::TvSummary summary = classical::inpaint_tv(samples, mask, filled);
    if (!summary.converged)
      result.warnings.push_back(
          fmt::format("total variation was stopped after {} iterations, unfinished: large holes "
                      "may be filled worse (fill them with --method bilinear or a model)",
                      summary.iterations));
  } else {
    classical::inpaint_bilinear(samples, mask, filled);
  }
  image::image_from_tensor(filled, result, 0, 0);
}

}  // namespace tessera::pipeline
