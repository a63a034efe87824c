// SPDX-License-Identifier: MIT
#include "pipeline/denoise/noise_within.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "image/convert.h"
#include "image/sample_types.h"
#include "observation/noise_estimate.h"

namespace tessera::pipeline {
namespace {

constexpr int kBlock = observation::NoiseEstimator::kBlock;
// So many blocks tell the noise to less than a per cent; larger pictures are sampled.
constexpr double kEnoughBlocks = 30'000.0;
// A twentieth of the blocks is chosen: a fraction of flat ones below this costs 1 per cent of
// sigma.
constexpr std::int64_t kSamplesPerCut = 1000;

int step_for(const Image& image) {
  const double pixels = static_cast<double>(image.width()) * image.height();
  return std::max(1, static_cast<int>(std::lround(std::sqrt(pixels / kEnoughBlocks))));
}

template <typename T>
bool is_visible(const Image& image, int y, int x) {
  return !image.has_alpha() || image.alpha_row<T>(y)[x] != T{0};
}

/// 1 where a pixel tells about noise, 0 where it was clipped or is hidden.
/// Shapes  usable (1, 8, W): rows top to top + 7.
void mark_usable(const Image& image, int top, UncutRange range, TensorView<float> usable) {
  image::with_sample_type(image.type(), [&]<typename T>(T) {
    const int channels = image.channels();
    for (int y = 0; y < usable.height(); ++y)
      for (int x = 0; x < image.width(); ++x) {
        bool good = is_visible<T>(image, top + y, x);
        const T* pixel = image.colour_row<T>(top + y) + static_cast<std::size_t>(x) * channels;
        for (int c = 0; c < channels; ++c) {
          const auto sample = static_cast<float>(pixel[c]);
          good = good && sample > range.above && sample < range.below;
        }
        usable(0, y, x) = good ? 1.0F : 0.0F;
      }
  });
}

}  // namespace

UncutRange uncut_range(const Image& image) {
  const float white = image.max_value();
  if (image.type() != SampleType::F32) return {0.0F, white};
  std::int64_t samples = 0, black_ones = 0, white_ones = 0;
  const int channels = image.channels(), step = step_for(image);
  for (int y = 0; y < image.height(); y += step)
    for (int x = 0; x < image.width(); ++x) {
      if (!is_visible<float>(image, y, x)) continue;
      const float* pixel = image.colour_row<float>(y) + static_cast<std::size_t>(x) * channels;
      samples += channels;
      black_ones += std::count(pixel, pixel + channels, 0.0F);
      white_ones += std::count(pixel, pixel + channels, white);
    }
  UncutRange range;
  if (black_ones > 0 && black_ones * kSamplesPerCut >= samples) range.above = 0.0F;
  if (white_ones > 0 && white_ones * kSamplesPerCut >= samples) range.below = white;
  return range;
}

std::optional<double> noise_within(const Image& image, UncutRange range) {
  if (image.height() < kBlock) return std::nullopt;
  observation::NoiseEstimator estimator(image.channels());
  const int step = step_for(image);
  Tensor strip(image.channels(), kBlock, image.width()), usable(1, kBlock, image.width());
  for (int top = 0; top + kBlock <= image.height(); top += step) {
    image::tensor_from_image(image, {top, 0, kBlock, image.width()}, strip);
    mark_usable(image, top, range, usable);
    estimator.add_strip(strip, usable, step);
  }
  return estimator.standard_deviation();
}

}  // namespace tessera::pipeline
