// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "nn/feature_map.h"
#include "nn/pointwise/pixel_matrix.h"

namespace tessera::nn {

// Convolutions of kernel 2x2 and stride 2, with which networks halve a map and double it: each
// multiplies pixels by a matrix, wherever they lie.

/// A convolution with fixed weights that makes one pixel of every 2x2 cell.
///
/// Shapes   weights (out, in, 2, 2) row-major; bias (out).
/// Result   a pixel depends on one cell of the input, in value and in rounding.
/// Threads  const use from many threads at once.
class StridedConv2d {
 public:
  StridedConv2d(int in_channels,
                int out_channels,
                std::span<const float> weights,
                std::span<const float> bias);

  /// out = conv(in) + bias.  Shapes  in (in_channels, 2H, 2W) in fp32, out (out_channels, H, W).
  void forward(const FeatureMap& in, FeatureMap& out) const;
  /// E.g. "pointwise:avx512".
  const char* implementation() const { return matrix_.implementation(); }

 private:
  int in_channels_, out_channels_;
  PixelMatrix matrix_;  ///< from 4 times the padded input channels, place in the cell by place
};

/// A transposed convolution with fixed weights, which makes a 2x2 cell of every pixel.
///
/// Shapes   weights (in, out, 2, 2) row-major; bias (out).
/// Result   a pixel depends on one pixel of the input, in value and in rounding.
/// Threads  const use from many threads at once.
class TransposedConv2d {
 public:
  TransposedConv2d(int in_channels,
                   int out_channels,
                   std::span<const float> weights,
                   std::span<const float> bias);

  /// sum += conv(in) + bias.  Shapes  in (in_channels, H, W), sum (out_channels, 2H, 2W) in fp32.
  void add_to(const FeatureMap& in, FeatureMap& sum) const;
  /// E.g. "pointwise:avx512".
  const char* implementation() const { return matrices_.front().implementation(); }

 private:
  int in_channels_, out_channels_;
  std::vector<PixelMatrix> matrices_;  ///< for each place in the cell
};

}  // namespace tessera::nn
