// SPDX-License-Identifier: MIT
#pragma once

#include "fusion/transport/transport_plan.h"
#include "tensor/tensor_view.h"

namespace tessera::fusion {

/// Normal equations of a convolution with bias: what its input and its wanted output say about the
/// weights, summed over pixels.
///
/// Shapes   inputs d = in_channels k k + 1 (taps as in the weights, then 1 for the bias), outputs
/// o.
class ConvolutionEquations {
 public:
  ConvolutionEquations() = default;
  ConvolutionEquations(int in_channels, int outputs, int kernel, int dilation);

  /// Takes one pixel in `stride` of a picture.
  /// Shapes  input (in_channels, H, W), wanted (o, H, W).
  void add(TensorView<const float> input, TensorView<const float> wanted, int stride);
  void add(const ConvolutionEquations& other);

  /// argmin |X W' - Z|^2 + lambda tr(X'X)/d |W - prior|^2.  Shapes  prior, result (o, d).
  Matrix solve(const Matrix& prior, double lambda) const;
  /// |X W' - Z|^2 / |Z - mean|^2; Shapes  weights (o, d).
  double residual(const Matrix& weights) const;

 private:
  int in_channels_ = 0, kernel_ = 1, dilation_ = 1;
  double count_ = 0.0;
  Matrix gram_;     ///< X'X, upper triangle while summing
  Matrix product_;  ///< X'Z (d, o)
  Eigen::VectorXd wanted_sum_, wanted_square_;
};

}  // namespace tessera::fusion
