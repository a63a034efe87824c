// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "tensor/tensor.h"

namespace tessera::nn {

/// Passes over maps that hold the channels of a pixel side by side, rows of C numbers. Each row is
/// computed in the same way wherever it stands, in the calling thread.

/// (x - mean) / sqrt(variance + epsilon) * gain + bias of each row, in place.
/// Shapes   rows (n, C), gain (C), bias (C).
/// Source   Ba, Kiros, Hinton, Layer normalization (2016).
void layer_norm(std::span<float> rows,
                std::span<const float> gain,
                std::span<const float> bias,
                float epsilon);

/// softmax(row + bias_row + offset) of each row of scores, in place.
/// Shapes   scores and bias (K, K); offset (K), the same for all rows; empty: zero.
void softmax(std::span<float> scores, std::span<const float> bias, std::span<const float> offset);

/// Zero-padded 3x3 convolution of each channel with its own kernel, and a ReLU, for the pixels of
/// `region`; rows of `out` in reading order.
/// Shapes   map (H, W, C), kernels (9, C), bias (C), out (region.height * region.width, C).
/// Requires region inside the map.
void depthwise3x3_relu(TensorView<const float> map,
                       std::span<const float> kernels,
                       std::span<const float> bias,
                       Region region,
                       std::span<float> out);

}  // namespace tessera::nn
