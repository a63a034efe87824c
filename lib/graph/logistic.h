// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "tensor/tensor_view.h"

namespace tessera::graph {

/// limit / (1 + exp(-logit)), to an absolute error of 2e-7 of the limit.
/// Shapes  logits, values (C, H, W); the same memory or apart.
void logistic(TensorView<const float> logits, float limit, TensorView<float> values);
/// The same for one row, in the calling thread.
void logistic(std::span<const float> logits, float limit, std::span<float> values);

}  // namespace tessera::graph
