// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "graph/kernels/vector_lanes.h"

namespace tessera::graph {

/// The weights that one row of pixels uses: those it stores and those that the row above stores.
/// Plane e starts at here + e * plane.
struct EdgeRows {
  const float* here;
  const float* above;
  std::size_t plane;
};

/// The eight weights around N pixels, forward offsets first.
template <int N>
struct StencilWeights {
  Float<N> right, below_left, below, below_right;  // stored at i
  Float<N> left, above_right, above, above_left;   // stored at the other end
};

/// Requires the columns x - 1 ... x + N of every row to be readable.
template <int N>
[[gnu::always_inline]] inline StencilWeights<N> load_weights(const EdgeRows& rows, std::size_t x) {
  const float* here = rows.here + x;
  const float* above = rows.above + x;
  const std::size_t plane = rows.plane;
  return {load<N>(here),
          load<N>(here + plane),
          load<N>(here + 2 * plane),
          load<N>(here + 3 * plane),
          load<N>(here - 1),
          load<N>(above + plane + 1),
          load<N>(above + 2 * plane),
          load<N>(above + 3 * plane - 1)};
}

/// sum_j w_ij (p_i - p_j) at N pixels: forward offsets, then backward ones, always in this order.
template <int N>
[[gnu::always_inline]] inline Float<N> weighted_differences(const StencilWeights<N>& w,
                                                            const Window<N>& above,
                                                            const Window<N>& here,
                                                            const Window<N>& below) {
  const Float<N> p = here.here;
  Float<N> sum = w.right * (p - here.right);
  sum += w.below_left * (p - below.left);
  sum += w.below * (p - below.here);
  sum += w.below_right * (p - below.right);
  sum += w.left * (p - here.left);
  sum += w.above_right * (p - above.right);
  sum += w.above * (p - above.here);
  sum += w.above_left * (p - above.left);
  return sum;
}

}  // namespace tessera::graph
