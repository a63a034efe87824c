// SPDX-License-Identifier: MIT
#pragma once

#include "fusion/operators/operator_graph.h"
#include "fusion/transport/transport_plan.h"
#include "tensor/tensor.h"

namespace tessera::fusion {

/// A layer as a plain convolution with bias, which least squares can fit. A 2x2 convolution with
/// stride 2 reads the four pixels of a cell as channels, and its transpose writes them as such:
/// both are 1x1 convolutions at the coarser resolution.
class FittedLayer {
 public:
  FittedLayer(const Operator& op, int in_channels);

  /// Whether a layer is one of these: groups, border biases and oblong kernels are not.
  static bool can_fit(const Operator& op);

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  int kernel() const { return kernel_; }
  int dilation() const { return op_.dilation; }

  /// What the convolution reads, of the layer's input.
  Tensor input(const Tensor& value) const;
  /// What it should write, of the layer's wanted result.
  Tensor output(Tensor value) const;

  /// Shapes  (outputs, inputs k k + 1), the bias last; 0 where the layer has none.
  Matrix weights(const TensorMap& tensors) const;
  /// The nearest weights that the layer can have: a transposed convolution has one bias for the
  /// four pixels of a cell.
  void make_representable(Matrix& weights) const;
  void store(const Matrix& weights, TensorMap& tensors) const;

 private:
  bool is_transposed() const { return op_.kind == OperatorKind::Transposed; }
  bool is_strided() const { return !is_transposed() && op_.stride > 1; }

  const Operator& op_;
  int inputs_, outputs_, kernel_;
};

}  // namespace tessera::fusion
