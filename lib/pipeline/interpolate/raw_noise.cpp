// SPDX-License-Identifier: MIT
#include "pipeline/interpolate/raw_noise.h"

#include <cmath>

#include "pipeline/denoise/noise_within.h"
#include "pipeline/interpolate/srgb_curve.h"
#include "pipeline/sources/noise_level.h"

namespace tessera::pipeline {
namespace {

/// Place of the first green in the 2x2 cell.
int green_place(const image::RawPhoto& photo) { return photo.filter[0] == 1 ? 0 : 1; }

/// Noise of a linear sample is carried by the slope of the curve to the coded one.
double stated_sigma(const image::RawTags::Noise& noise, double multiplier) {
  constexpr float kMiddle = 0.5F, kStep = 1e-3F;
  const float light = linear_from_srgb(kMiddle);
  const double slope = static_cast<double>(
      (srgb_from_linear(light + kStep) - srgb_from_linear(light - kStep)) / (2.0F * kStep));
  const double sample = static_cast<double>(light) / multiplier;
  return slope * multiplier * std::sqrt(noise.scale * sample + noise.offset);
}

/// One of the two greens of every cell.
Image greens_of(const Image& mosaic, int place) {
  Image greens(mosaic.width() / 2, mosaic.height() / 2, 1, SampleType::F32);
  for (int y = 0; y < greens.height(); ++y)
    for (int x = 0; x < greens.width(); ++x)
      greens.colour_row<float>(y)[x] = mosaic.colour_row<float>(2 * y)[2 * x + place];
  return greens;
}

}  // namespace

std::optional<RawNoise> raw_noise(const image::RawPhoto& photo, const BalancedMosaic& mosaic) {
  const int place = green_place(photo);
  if (!photo.noise.empty()) {
    const auto& noise = photo.noise[photo.noise.size() >= 3 ? 1 : 0];
    const double sigma = stated_sigma(
        noise, static_cast<double>(mosaic.multipliers[static_cast<std::size_t>(place)]));
    if (std::isfinite(sigma)) return RawNoise{kWhite8bit * sigma, true};
  }
  if (mosaic.picture.width() < 2 || mosaic.picture.height() < 2) return std::nullopt;
  const Image greens = greens_of(mosaic.picture, place);
  UncutRange range = uncut_range(greens);
  range.below = srgb_from_linear(1.0F);  // where balanced_mosaic cuts
  const std::optional<double> deviation = noise_within(greens, range);
  if (!deviation) return std::nullopt;
  return RawNoise{kWhite8bit * *deviation, false};
}

}  // namespace tessera::pipeline
