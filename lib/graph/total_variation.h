// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "tensor/tensor_view.h"
#include "tensor/workspace.h"

namespace tessera::graph {

/// The scalars of one ADMM layer on the edges; advance_edges has the equations.
struct EdgeLayer {
  float scale;                   ///< gamma of the layer before over gamma; 1 in the first layer
  float half_step;               ///< 1 / (2 gamma)
  float next_scale;              ///< `scale` of the layer after; any value after the last
  std::optional<float> start{};  ///< t1 and t2 before the layer, which are not read then
  bool last = false;             ///< only the right-hand side is wanted: t1 and t2 are not written
};

/// The sample half of the same layer, and the samples' part of the next right-hand side:
///   c = next_scale (c + M (x - y));  right_side += half_rho M (y - c).
/// Shapes  mask, samples, c (C, H, W); samples are zero where the mask is.
struct SampleLayer {
  TensorView<const float> mask, samples;
  TensorView<float> c;
  float next_scale, half_rho;  ///< of c from this layer to the next; rho / 2 of the next
};

/// The edge half of one layer of total variation by ADMM, in one pass over the edges, together with
/// the edge part of the next layer's right-hand side. With n = scale min(0, t), p = max(0, t):
///   z = (p1 + p2 - n1 - n2)/2 - half_step;  t1 = z - C x + n1;  t2 = z + C x + n2;
///   right_side = 1/2 C'[(n1 - p1) - (n2 - p2)] of the new t1, t2, with next_scale.
/// The numbers are those of apply_incidence and apply_incidence_transpose, bit for bit.
/// Shapes  weights (4, H, W); x, right_side (C, H, W), right_side may be empty; t1, t2 (4*C, H, W),
///         channel-major: plane c*4 + e.
/// Threads bands of rows, on the threads inside.
/// Cost    reads and writes t1 and t2 once.
/// Source  Do et al., NeurIPS 2024 (arXiv 2406.04090), eliminated to two signed edge vectors.
void advance_edges(TensorView<const float> weights,
                   TensorView<const float> x,
                   const EdgeLayer& layer,
                   TensorView<float> t1,
                   TensorView<float> t2,
                   TensorView<float> right_side,
                   Workspace& scratch);

/// The same with the samples' half, so that right_side is the whole of the next layer's. c is read
/// and written as t1 and t2 are, and zero at the start.
void advance_layer(TensorView<const float> weights,
                   TensorView<const float> x,
                   const EdgeLayer& layer,
                   const SampleLayer& samples,
                   TensorView<float> t1,
                   TensorView<float> t2,
                   TensorView<float> right_side,
                   Workspace& scratch);

}  // namespace tessera::graph
