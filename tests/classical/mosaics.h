// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>

#include "classical/demosaic.h"
#include "observation/sampling.h"
#include "support/pictures.h"
#include "tensor/tensor.h"

namespace tessera::test {

/// Sizes at which borders, parities and tile limits (64 rows, 256 columns) can go wrong.
inline constexpr std::array<Shape, 11> kAwkwardSizes{{{1, 1, 1},
                                                      {1, 1, 2},
                                                      {1, 2, 1},
                                                      {1, 1, 17},
                                                      {1, 13, 1},
                                                      {1, 2, 2},
                                                      {1, 3, 2},
                                                      {1, 3, 5},
                                                      {1, 24, 18},
                                                      {1, 65, 21},
                                                      {1, 19, 257}}};

using Demosaicker = void (*)(TensorView<const float>, BayerPattern, TensorView<float>);

/// The three methods, from the simplest to the best.
inline constexpr std::array<Demosaicker, 3> kDemosaickers{
    classical::demosaic_bilinear, classical::demosaic_malvar, classical::demosaic_menon};

inline Tensor demosaicked(Demosaicker method,
                          TensorView<const float> mosaic,
                          BayerPattern pattern) {
  Tensor rgb(3, mosaic.height(), mosaic.width());
  method(mosaic, pattern, rgb);
  return rgb;
}

/// What a sensor sees of a picture.
inline Tensor mosaic_of(TensorView<const float> rgb, BayerPattern pattern) {
  Tensor mosaic(1, rgb.height(), rgb.width());
  for (int y = 0; y < rgb.height(); ++y)
    for (int x = 0; x < rgb.width(); ++x)
      mosaic(0, y, x) = rgb(observation::bayer_channel(pattern, y, x), y, x);
  return mosaic;
}

/// The pattern seen from pixel (top, left) on.
inline BayerPattern pattern_at(BayerPattern pattern, int top, int left) {
  for (const BayerPattern candidate : kPatterns)
    if (observation::bayer_channel(candidate, 0, 0) ==
            observation::bayer_channel(pattern, top & 1, left & 1) &&
        observation::bayer_channel(candidate, 0, 1) ==
            observation::bayer_channel(pattern, top & 1, (left + 1) & 1))
      return candidate;
  return pattern;
}

/// A linear ramp with its own slopes in each channel.
inline Tensor ramp(Shape shape) {
  Tensor image(shape);
  for (int c = 0; c < shape.channels; ++c)
    for (int y = 0; y < shape.height; ++y)
      for (int x = 0; x < shape.width; ++x)
        image(c, y, x) = 0.2F + 0.1F * static_cast<float>(c) +
                         0.004F * static_cast<float>((c + 1) * y) -
                         0.003F * static_cast<float>((2 - c) * x);
  return image;
}

/// A colourful scene: waves in brightness, slow changes of hue, and one sharp slanted edge.
inline Tensor scene(int height, int width) {
  Tensor image(3, height, width);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const float u = static_cast<float>(x), v = static_cast<float>(y);
      const float waves = 0.15F * std::sin(0.9F * u + 0.2F * v) + 0.1F * std::sin(0.8F * v);
      const float edge = 3.0F * u + 2.0F * v > 2.5F * static_cast<float>(width) ? 0.2F : 0.0F;
      for (int c = 0; c < 3; ++c)
        image(c, y, x) = 0.35F + waves + edge +
                         0.1F * std::sin(0.05F * u + 0.07F * v + 2.0F * static_cast<float>(c));
    }
  return image;
}

/// Peak signal-to-noise ratio in dB for values in [0, 1].
inline double psnr_of(TensorView<const float> expected, TensorView<const float> found) {
  double sum = 0.0;
  for (std::size_t i = 0; i < expected.shape().count(); ++i) {
    const double difference = static_cast<double>(expected.data()[i]) - found.data()[i];
    sum += difference * difference;
  }
  return -10.0 * std::log10(sum / static_cast<double>(expected.shape().count()));
}

}  // namespace tessera::test
