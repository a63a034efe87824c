// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "fusion/operators/operator_graph.h"
#include "tensor/tensor.h"

namespace tessera::fusion {

/// Operators by their definition, on planes (C, H, W).

using Inputs = std::vector<const Tensor*>;

/// Relu, Sigmoid, Add, Subtract, Multiply: the same for each value.
Tensor by_element(OperatorKind kind, const Inputs& in);

/// Channels of a, then of b.
Tensor joined(const Tensor& a, const Tensor& b);

/// Channels [first, first + channels).
Tensor part(const Tensor& in, int first, int channels);

/// Channel c*f*f + f*row + column of the small planes is pixel (row, column) of each f x f cell.
Tensor shuffled(const Tensor& in, int factor, bool unshuffle);

/// A convolution padded with zeros, in groups, summed in double.
/// Shapes  in (C, H, W), weight (out, C / groups, rows, columns), bias (out), border_bias (out,
///         rows, columns) or empty: it counts for taps inside the picture.
Tensor grouped_convolution(const Tensor& in,
                           const NamedTensor& weight,
                           std::span<const float> bias,
                           std::span<const float> border_bias,
                           int groups,
                           int dilation);

/// (x - mean) / deviation * gain + bias over the channels of each pixel.  Shapes  gain, bias (C).
/// Source  Ba, Kiros, Hinton, Layer normalization (2016), with PyTorch's epsilon.
Tensor normed(const Tensor& in, std::span<const float> gain, std::span<const float> bias);

/// softmax(q k' / sqrt(D) + bias(place of key - place of query)) v among the pixels of a window
/// that lie in the picture, head by head.
/// Shapes  in: queries, keys (G D, H, W), values (G E, H, W), the result's shape;
///         position_bias (G, (2 window - 1)^2).
/// Source  Liu et al., Swin Transformer (2021), equation 4.
Tensor attended(const Operator& op, std::span<const float> position_bias, const Inputs& in);

}  // namespace tessera::fusion
