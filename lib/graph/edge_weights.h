// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor_view.h"
#include "tensor/workspace.h"

namespace tessera::graph {

/// Degree-normalised weights of one graph (head) from the features of its pixels:
///   d_ij = min(|q_i - q_j|^2, 11.5),  w_ij = exp(-d_ij),  s_i = sum_j w_ij,
///   wbar_ij = w_ij / sqrt(s_i s_j).
/// Shapes  features (D, H, W); weights (4, H, W): plane e of pixel i is the edge to
///         i + kForwardOffsets[e], 0 where that leaves the image.
/// Cost    one pass, row by row: distances and degrees of a row, then the weights of the row before.
/// Source  Do et al., NeurIPS 2024 (arXiv 2406.04090), equations of the graph learning module.
void edge_weights(TensorView<const float> features, TensorView<float> weights, Workspace& scratch);

/// The same of q = M f per pixel: the metric of one head applied to nodes, not to edges.
/// Shapes  metric row-major (D, D).
void edge_weights(TensorView<const float> features,
                  const float* metric,
                  TensorView<float> weights,
                  Workspace& scratch);

}  // namespace tessera::graph
