// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "tensor/tensor_view.h"
#include "tensor/workspace.h"

namespace tessera::graph {

/// One step of the learned conjugate gradient method: x += alpha p; r -= alpha A p; p = r + beta p.
/// The two numbers of solver::LearnedStep again: of sister floors none includes another.
struct CgStep {
  float alpha, beta;
};

/// The matrix of a graph filter: A p = free .* (diagonal .* p + laplacian_scale * L p).
/// Shapes  weights (4, H, W); diagonal (1 or C, H, W) or empty for the constant diagonal_value;
///         free (C or 1, H, W) in {0, 1} or empty for all ones. Planes of the diagonal count
///         diagonal_scale times.
struct FilterMatrix {
  TensorView<const float> weights;
  float laplacian_scale = 1.0F;
  TensorView<const float> diagonal{};
  float diagonal_value = 0.0F;
  TensorView<const float> free{};
  float diagonal_scale = 1.0F;
};

/// All steps of a learned conjugate gradient run for A x = b, fused: a whole run per cache tile.
/// What solver::learned_cg computes with apply_laplacian, but the residual of each step is made
/// anew from x, and processors that have it multiply and add with one rounding.
/// Shapes  b, x (C, H, W); x holds the start on entry. b and x are supported on `free`.
/// Requires at most 128 steps.
/// Cost    about (3*8 + 10) * steps flops per sample; a halo of `steps` columns recomputed per
/// tile.
/// Source  Hestenes & Stiefel 1952 with constant steps = Polyak's heavy ball, 1964.
void filter_by_learned_cg(const FilterMatrix& matrix,
                          TensorView<const float> b,
                          TensorView<float> x,
                          std::span<const CgStep> steps,
                          Workspace& scratch);

}  // namespace tessera::graph
