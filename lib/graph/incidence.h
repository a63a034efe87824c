// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor_view.h"

namespace tessera::graph {

/// z = C x: (C x)_e = w_e (x_i - x_j) on the edge from pixel i to j = i + offset; C 1 = 0.
/// Shapes  weights (4, H, W); x (C, H, W); z (4*C, H, W), channel-major: plane c*4 + e.
void apply_incidence(TensorView<const float> weights,
                     TensorView<const float> x,
                     TensorView<float> z);

/// y = C' z, the true adjoint: <C x, z> = <x, C' z>.
/// Shapes  as above.
void apply_incidence_transpose(TensorView<const float> weights,
                               TensorView<const float> z,
                               TensorView<float> y);

/// The weights w_e^2, whose Laplacian is C'C.  Shapes (4, H, W) both.
void square_weights(TensorView<const float> weights, TensorView<float> squared);

/// |C x|_1, the graph total variation, summed over channels, in double, in a fixed order.
double graph_total_variation(TensorView<const float> weights, TensorView<const float> x);

}  // namespace tessera::graph
