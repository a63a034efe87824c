// SPDX-License-Identifier: MIT
#pragma once

#include "graph/kernels/vector_lanes.h"

namespace tessera::graph {

/// exp(-d) for 0 <= d < 80: -d log2(e) = n + f with |f| <= 1/2, and 2^f by the polynomial of degree
/// 5 with p(0) = 1 and least relative error (9e-8, fitted by reweighted least squares). exp(0) is
/// 1.
template <int N>
[[gnu::always_inline]] inline Float<N> exp_of_negative(Float<N> d) {
  using Int = typename Lanes<N>::Int;
  constexpr float kRoundToInteger = 12582912.0F;  // 1.5 * 2^23: adding it leaves the integer below
  const Float<N> t = d * -1.44269504F;
  const Float<N> shifted = t + kRoundToInteger;
  const Float<N> f = t - (shifted - kRoundToInteger);
  Float<N> p = broadcast<N>(0.0013264727F);
  for (const float coefficient : {0.0096715130F, 0.055507336F, 0.24022242F, 0.69314700F, 1.0F})
    p = multiply_add<N>(p, f, broadcast<N>(coefficient));
  // The bits of shifted end in those of n, and 2^n p is p with n added to its exponent.
  return (Float<N>)((Int)p + ((Int)shifted << 23));
}

}  // namespace tessera::graph
