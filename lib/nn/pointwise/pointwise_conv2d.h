// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "nn/conv2d.h"
#include "nn/feature_map_impl.h"
#include "nn/pointwise/pixel_matrix.h"

namespace tessera::nn {

/// A 1x1 convolution in fp32.
///
/// Result   a pixel's bits depend on nothing but its own numbers.
/// Threads  const use from many threads at once; forward() shares the work with the threads inside.
class PointwiseConv2d {
 public:
  /// Shapes  weights (out, in) row-major; bias (out) or empty.
  PointwiseConv2d(const ConvSpec& spec,
                  std::span<const float> weights,
                  std::span<const float> bias);

  /// out = activation(conv(in) + bias) [+ residual].
  /// Shapes  in (in_channels, H, W), out and residual (out_channels, H, W), blocked fp32. `out` is
  ///         reset; the residual is null, another map or `out` itself.
  void forward(const FeatureMap::Impl& in,
               FeatureMap::Impl& out,
               const FeatureMap::Impl* residual) const;
  /// E.g. "pointwise:avx512".
  const char* implementation() const { return matrix_.implementation(); }

 private:
  int in_channels_, out_channels_;
  PixelMatrix matrix_;  ///< from the padded input channels
};

}  // namespace tessera::nn
