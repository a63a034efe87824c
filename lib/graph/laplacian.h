// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor_view.h"

namespace tessera::graph {

/// y = L x with L = diag(W 1) - W, for every channel of x; symmetric, positive semidefinite,
/// L 1 = 0.
/// Shapes  weights (4, H, W); x, y (C, H, W). y must not alias x.
void apply_laplacian(TensorView<const float> weights,
                     TensorView<const float> x,
                     TensorView<float> y);

/// x' L x, summed over channels, in double, in a fixed order.
double laplacian_energy(TensorView<const float> weights, TensorView<const float> x);

}  // namespace tessera::graph
