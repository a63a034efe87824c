// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "image/convert.h"
#include "observation/noise_estimate.h"
#include "pipeline/denoise/noise_level.h"
#include "pipeline/tiles/sample_types.h"
#include "tessera/denoise.h"
#include "tessera/error.h"

namespace tessera {
namespace {

constexpr int kBlock = observation::NoiseEstimator::kBlock;
// So many blocks tell the noise to less than a per cent; larger pictures are sampled.
constexpr double kEnoughBlocks = 30'000.0;
constexpr int kSmallestStep = 3;

int step_for(const Image& image) {
  const double pixels = static_cast<double>(image.width()) * image.height();
  return std::max(kSmallestStep, static_cast<int>(std::sqrt(pixels / kEnoughBlocks)));
}

/// 1 where a pixel tells about noise, 0 where it was clipped or is hidden.
/// Shapes  usable (1, 8, W): rows top to top + 7.
void mark_usable(const Image& image, int top, bool skips_clipped, TensorView<float> usable) {
  pipeline::with_sample_type(image.type(), [&]<typename T>(T) {
    const int channels = image.channels();
    const bool integers = image.type() != SampleType::F32;
    for (int y = 0; y < usable.height(); ++y)
      for (int x = 0; x < image.width(); ++x) {
        bool good = !image.has_alpha() || image.alpha_row<T>(top + y)[x] != T{0};
        const T* pixel = image.colour_row<T>(top + y) + static_cast<std::size_t>(x) * channels;
        for (int c = 0; integers && skips_clipped && c < channels; ++c)
          good = good && pixel[c] > T{0} && static_cast<float>(pixel[c]) < image.max_value();
        usable(0, y, x) = good ? 1.0F : 0.0F;
      }
  });
}

std::optional<double> estimate(const Image& image, bool skips_clipped) {
  observation::NoiseEstimator estimator(image.channels());
  const int step = step_for(image);
  Tensor strip(image.channels(), kBlock, image.width()), usable(1, kBlock, image.width());
  for (int top = 0; top + kBlock <= image.height(); top += step) {
    image::tensor_from_image(image, {top, 0, kBlock, image.width()}, strip);
    mark_usable(image, top, skips_clipped, usable);
    estimator.add_strip(strip, usable, step);
  }
  return estimator.standard_deviation();
}

}  // namespace

double estimate_noise(const Image& image) {
  auto deviation = estimate(image, /*skips_clipped=*/true);
  // A picture that is clipped everywhere: black on white, say.
  if (!deviation) deviation = estimate(image, /*skips_clipped=*/false);
  if (!deviation)
    throw Error(ErrorCode::BadImage,
                fmt::format("{}x{} pixels are too few to estimate the noise (give --sigma)",
                            image.width(), image.height()));
  return pipeline::kWhite8bit * *deviation;
}

}  // namespace tessera
