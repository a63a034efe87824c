// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <utility>

#include "nn/conv2d.h"

namespace tessera::nn {

// Convolutions of kernel 2x2 and stride 2, with which networks halve a map and double it, and the
// one that makes planes of features. All are a pointwise convolution of the four pixels of a cell
// and a pass of our own that moves cells, band by band of rows that stay in a core's cache.
// oneDNN's own convolution of stride 2 takes 1.5 times as long from 48 to 96 channels (AVX-512,
// 512x512).

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

/// A pointwise sub-pixel convolution: each pixel of the input makes a 2x2 cell of every plane.
///
/// Shapes   weights (4 planes, in) row-major, the cells of a plane row by row; bias (4 planes).
/// Result   a cell depends on one pixel of the input, in value and in rounding.
/// Threads  const use from many threads at once.
/// Source   Shi et al. 2016, the periodic shuffling operator.
class SubPixelConv2d {
 public:
  /// Requires  pointwise.spec().kernel == 1, output channels a multiple of 4, no residual.
  explicit SubPixelConv2d(Conv2d pointwise) : pointwise_(std::move(pointwise)) {}

  /// planes = conv(in) + bias.  Shapes  in (in_channels, H, W), planes (planes, 2H, 2W).
  void forward(const FeatureMap& in, TensorView<float> planes) const;

 private:
  Conv2d pointwise_;
};

}  // namespace tessera::nn
