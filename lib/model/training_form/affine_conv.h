// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tensor/shape.h"

namespace tessera::model {

/// Planes in double precision, for checks.  Shapes  values (C, H, W), W fastest.
struct Planes {
  Planes() = default;
  explicit Planes(Shape extent, double value = 0.0)
      : shape(extent), values(extent.count(), value) {}
  double& at(int c, int y, int x) {
    return values[(static_cast<std::size_t>(c) * shape.height + y) * shape.width + x];
  }
  double at(int c, int y, int x) const {
    return values[(static_cast<std::size_t>(c) * shape.height + y) * shape.width + x];
  }

  Shape shape;
  std::vector<double> values;
};

/// What a convolution sees outside its input.
enum class Padding {
  Zero,       ///< zeros
  Replicate,  ///< the nearest pixel
  Reflect,    ///< mirrored without repeating the edge
  Circular,   ///< the other side
};
std::string name_of(Padding padding);

/// A convolution with bias in double precision: what fold rules take and give.
///
///   y_o(p) = bias_o + sum_{t: p+t inside} border_bias_o(t) + sum_{i,t} weights_oi(t) x_i(p + t)
///
/// Cross-correlation; odd kernels have their centre at tap (height/2, width/2) and are padded by
/// dilation * (size/2) on each side, so the size stays (stride 1).
/// Shapes  weights (out, in / groups, height, width); transposed: (in, out / groups, height,
///         width); bias (out); border_bias empty or (out, height, width), Padding::Zero only.
struct AffineConv {
  int out = 0, in = 0, height = 1, width = 1;
  int groups = 1, stride = 1, dilation = 1;
  Padding padding = Padding::Zero;
  bool transposed = false;
  std::vector<double> weights, bias, border_bias;

  /// All zeros, weights and bias allocated.
  static AffineConv zeros(int out, int in, int height, int width, int groups = 1);
  bool pointwise() const { return height == 1 && width == 1; }
  int taps() const { return height * width; }
  int in_per_group() const { return in / groups; }
  /// Weight of output o and the i-th input of its group at tap (y, x); not for transposed.
  double& weight(int o, int i, int y, int x) { return weights[index(o, i, y, x)]; }
  double weight(int o, int i, int y, int x) const { return weights[index(o, i, y, x)]; }
  /// Trained values: weights and biases.
  std::size_t parameters() const { return weights.size() + bias.size() + border_bias.size(); }
  /// Multiply-accumulates for one output pixel.
  std::size_t macs() const { return weights.size(); }

 private:
  std::size_t index(int o, int i, int y, int x) const {
    return ((static_cast<std::size_t>(o) * in_per_group() + i) * height + y) * width + x;
  }
};

/// The convolution by direct loops, stride 1: the judge of every fold.
/// `outside`: value of each input channel beyond the edge, instead of conv.padding (empty: none).
/// Shapes  x (in, H, W), result (out, H, W), outside empty or (in).
Planes convolved(const AffineConv& conv, const Planes& x, const std::vector<double>& outside = {});

}  // namespace tessera::model
