// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "nn/conv2d.h"

namespace tessera::nn {

// Convolutions of kernel 2x2 and stride 2, with which networks halve a map and double it. Both are
// a pointwise convolution of the four pixels of a cell and a pass of our own that moves cells, in
// the layout of the convolutions. oneDNN's own convolution of stride 2 took three times as long
// from 48 to 96 channels (AVX-512).

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
  /// Of the pointwise convolution, for this size of output.
  std::string implementation(int height, int width) const {
    return pointwise_.implementation(height, width);
  }

 private:
  int in_channels_;
  Conv2d pointwise_;  ///< from 4 times the padded input channels, place in the cell by place
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
  /// Of the pointwise convolution, for this size of input.
  std::string implementation(int height, int width) const {
    return pointwise_.implementation(height, width);
  }

 private:
  int out_channels_;
  Conv2d pointwise_;  ///< to 4 times the padded output channels, place in the cell by place
};

}  // namespace tessera::nn
