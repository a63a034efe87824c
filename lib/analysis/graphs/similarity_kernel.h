// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace tessera::analysis {

/// Learned rows w beside k_ij ~ exp(-|u_i - u_j|^2 / 2h^2), which looks at colour alone. Every
/// similarity stands beside its null value: the same number with k taken from other pixels, by
/// chance.
struct SimilarityKernel {
  double h = 0.0;  ///< fitted: least KL divergence
  double cosine = 0.0, cosine_null = 0.0;
  double centred = 0.0, centred_null = 0.0;  ///< cosine of w - 1/K and k - 1/K
  double gain = 0.0;                         ///< mean KL(w || uniform) = log K - entropy, nats
  double left = 0.0, left_null = 0.0;        ///< mean KL(w || k), nats
  double explained() const { return gain > 0.0 ? 1.0 - left / gain : 0.0; }
  std::int64_t pixels = 0;  ///< 0: no pixel has all neighbours, nothing else is meaningful
  bool uniform = false;     ///< w is uniform: similarities are undefined
};

/// Rows of K weights with the colours' distances beside them.
struct WeightRows {
  std::size_t keys = 0;
  std::vector<double> weights{};    ///< (rows, K), each row sums to 1
  std::vector<double> distances{};  ///< (rows, K), |u_i - u_j|^2
  /// Where each row's own pixel lies among its keys: null values exchange rows of one place only,
  /// so that a pixel's likeness to itself is in them, too.
  std::vector<int> places{};

  std::size_t count() const { return places.size(); }
};

/// |u_i - u_j|^2 over the channels of a picture (C, H, W).
double colour_distance(TensorView<const float> picture, int y, int x, int other_y, int other_x);

SimilarityKernel similarity_kernel(const WeightRows& rows, std::uint64_t seed);

/// Of a graph, over pixels that have all eight neighbours.
/// Shapes  rows (8, H, W), picture (C, H, W).
SimilarityKernel similarity_kernel(TensorView<const float> rows,
                                   TensorView<const float> picture,
                                   std::uint64_t seed);

}  // namespace tessera::analysis
