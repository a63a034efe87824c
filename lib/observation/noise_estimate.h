// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "tensor/tensor_view.h"

namespace tessera::observation {

/// Estimates the standard deviation of white noise from the picture itself, fed strip by strip.
///
/// In an orthonormal cosine transform of an 8x8 block, white noise has the same variance in every
/// coefficient, and independently so. The blocks with the least energy at low frequencies are those
/// with the least texture, and choosing them says nothing about their noise at high frequencies;
/// the mean energy there is the variance. Of a picture in colour the two opponent planes
/// (R - B) / sqrt 2 and (R - 2G + B) / sqrt 6 are taken, where texture is weak and white noise
/// keeps its strength, unless noise is much weaker there than in G: then it is common to the
/// colours, and G decides.
/// Source  after Ponomarenko, Lukin, Zriakhov, Kaarna, Astola, "An automatic approach to lossy
///         compression of AVIRIS images" (2007), with our sets of coefficients.
class NoiseEstimator {
 public:
  static constexpr int kBlock = 8;

  /// `channels` 1 or 3.
  explicit NoiseEstimator(int channels);
  /// Takes a block of a strip every `step` pixels; strips follow one another at that step, too.
  /// Shapes  strip (C, 8, W); usable (1, 8, W): blocks with a pixel of 0 are left out.
  void add_strip(TensorView<const float> strip, TensorView<const float> usable, int step);
  /// Standard deviation in the strips' units; empty when there were fewer than 16 blocks, or
  /// than the same area holds at a step of 3.
  std::optional<double> standard_deviation() const;

 private:
  struct Energies {
    float low, high;  ///< sum of squares at low, mean of squares at high frequencies
  };
  /// One for each plane analysed: the picture's only one, or G and the two opponent planes.
  std::vector<std::vector<Energies>> blocks_;
  double distinct_blocks_ = 0.0;
  int channels_;
};

}  // namespace tessera::observation
