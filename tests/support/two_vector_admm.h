// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>

#include "base/assertion.h"

namespace tessera::test {

/// Total variation with known samples,
///   min_x |C x|_1   subject to   M x = M y,   M a 0/1 mask,
/// by the alternating direction method of multipliers, one layer at a time. What C is, only the
/// callables know: apply(x, z) computes z = C x, apply_transpose(z, x) computes x = C' z, and
/// solve(right_side, x) answers (C'C + data_weight M) x = right_side from the start in x, by any
/// method, to any accuracy.
///
/// Shapes  x, y, mask and everything on nodes: n floats; everything on edges: m floats.
template <typename F>
concept LinearMap = std::invocable<F, std::span<const float>, std::span<float>>;

/// The noise-free samples y and where they are known.
struct Samples {
  std::span<const float> y, mask;
};

/// Penalties of a layer and of the one before it (equal to them in the first layer).
struct AdmmPenalty {
  float gamma, rho;  ///< of C x, and of M x relative to it
  float previous_gamma, previous_rho;
};

/// Two signed vectors on the edges, one multiplier on the samples; a layer starts and ends with
/// them. Neutral start: t1 = t2 = -1 / (2 gamma), c = 0.
struct TwoVectorState {
  std::span<float> t1, t2;  ///< m
  std::span<float> c;       ///< n, zero off the samples
};
struct TwoVectorScratch {
  std::span<float> edges;       ///< m
  std::span<float> right_side;  ///< n
};

/// One layer with slack variables q1 = z - C x >= 0, q2 = z + C x >= 0 and their multipliers, where
/// each slack and its multiplier are the two signs of one vector: with s = previous_gamma / gamma,
/// n = s min(0, t), p = max(0, t), and c scaled by s previous_rho / rho,
///   z = (p1 + p2 - n1 - n2)/2 - 1/(2 gamma)
///   (C'C + rho/2 M) x = 1/2 C'[(n1 - p1) - (n2 - p2)] + rho/2 M (y - c)
///   t1 = z - C x + n1;   t2 = z + C x + n2;   c += M (x - y)
/// `solve` has data_weight rho/2. The judge of graph::advance_edges, the same layer for a graph,
/// fused. Source  Do et al., NeurIPS 2024 (arXiv 2406.04090); the form with two vectors is our
/// elimination.
template <LinearMap Apply, LinearMap ApplyTranspose, LinearMap Solve>
void two_vector_layer(const Apply& apply,
                      const ApplyTranspose& apply_transpose,
                      const Solve& solve,
                      const Samples& samples,
                      const AdmmPenalty& penalty,
                      TwoVectorState state,
                      std::span<float> x,
                      TwoVectorScratch scratch) {
  const auto [t1, t2, c] = state;
  const auto [edges, right_side] = scratch;
  TESSERA_ASSERT(t1.size() == t2.size() && edges.size() == t1.size());
  TESSERA_ASSERT(x.size() == c.size() && right_side.size() == x.size());
  const float scale = penalty.previous_gamma / penalty.gamma;
  const float sample_scale = scale * (penalty.previous_rho / penalty.rho);
  const auto negative = [scale](float t) { return scale * std::min(0.0F, t); };
  const auto positive = [](float t) { return std::max(0.0F, t); };

  for (std::size_t e = 0; e < edges.size(); ++e)
    edges[e] = 0.5F * ((negative(t1[e]) - positive(t1[e])) - (negative(t2[e]) - positive(t2[e])));
  apply_transpose(std::span<const float>(edges), right_side);
  for (std::size_t i = 0; i < x.size(); ++i) {
    c[i] *= sample_scale;
    right_side[i] += 0.5F * penalty.rho * samples.mask[i] * (samples.y[i] - c[i]);
  }
  solve(std::span<const float>(right_side), x);

  apply(std::span<const float>(x), edges);
  const float half_step = 0.5F / penalty.gamma;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const float n1 = negative(t1[e]), n2 = negative(t2[e]);
    const float z = 0.5F * (positive(t1[e]) + positive(t2[e]) - n1 - n2) - half_step;
    t1[e] = z - edges[e] + n1;
    t2[e] = z + edges[e] + n2;
  }
  for (std::size_t i = 0; i < x.size(); ++i) c[i] += samples.mask[i] * (x[i] - samples.y[i]);
}

}  // namespace tessera::test
