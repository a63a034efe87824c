// SPDX-License-Identifier: MIT
#include "graph/filter_kernel.h"

#include "base/assertion.h"
#include "graph/laplacian_stencil.h"

namespace tessera::graph {
namespace {

struct Constants {
  std::size_t product_plane;  // first plane of the vector that A multiplies
  std::size_t next_plane;     // first plane of the new p
  float alpha, beta;
};

// diagonal and free at N pixels of channel c; planes that do not exist are constants.
template <int N>
[[gnu::always_inline]] inline Float<N> plane_or(
    const float* row, int channels, int first, int c, std::size_t stride, Float<N> constant) {
  if (channels == 0) return constant;
  return load<N>(row + (first + (channels == 1 ? 0 : c)) * stride);
}

// A p at N pixels of channel c.
template <int N>
[[gnu::always_inline]] inline Float<N> product(
    const FilterPass& pass, const StencilWeights<N>& w, std::size_t x, int c, std::size_t plane) {
  const FilterRowLayout& layout = pass.layout;
  const float* here = pass.here + x;
  const Float<N> differences =
      weighted_differences<N>(w, pass.above + plane + x, here + plane, pass.below + plane + x);
  const Float<N> diagonal = plane_or<N>(here, layout.diagonal_channels, layout.diagonal(), c,
                                        layout.stride, broadcast<N>(pass.diagonal_value));
  const Float<N> sum = diagonal * load<N>(here + plane) + pass.laplacian_scale * differences;
  if (layout.free_channels == 0) return sum;
  return plane_or<N>(here, layout.free_channels, layout.free(), c, layout.stride, sum) * sum;
}

template <int N, int C, bool Start>
[[gnu::always_inline]] inline void run(const FilterPass pass, const Constants k) {
  const std::size_t stride = pass.layout.stride;
  const EdgeRows edges{pass.here, pass.above, stride};
  float* const first_x = pass.here + pass.layout.x() * stride;
  float* const first_r = pass.here + pass.layout.r() * stride;
  for (int x = 0; x < pass.width; x += N) {
    const auto weights = load_weights<N>(edges, x);
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const Float<N> q = product<N>(pass, weights, x, c, k.product_plane + c * stride);
      float* const r = first_r + c * stride + x;
      float* const next = pass.here + k.next_plane + c * stride + x;
      if constexpr (Start) {
        const Float<N> residual = load<N>(r) - q;
        store<N>(r, residual);
        store<N>(next, residual);
      } else {
        float* const solution = first_x + c * stride + x;
        const Float<N> p = load<N>(pass.here + k.product_plane + c * stride + x);
        const Float<N> residual = load<N>(r) - k.alpha * q;
        store<N>(solution, load<N>(solution) + k.alpha * p);
        store<N>(r, residual);
        store<N>(next, residual + k.beta * p);
      }
    }
  }
}

template <int N, bool Start>
[[gnu::always_inline]] inline void run_channels(const FilterPass& pass, const Constants& k) {
  switch (pass.layout.channels) {
    case 1:
      return run<N, 1, Start>(pass, k);
    case 2:
      return run<N, 2, Start>(pass, k);
    case 3:
      return run<N, 3, Start>(pass, k);
    default:
      return run<N, 4, Start>(pass, k);
  }
}

template <bool Start>
TESSERA_TARGET_16 void run_16(const FilterPass& pass, const Constants& k) {
  run_channels<16, Start>(pass, k);
}
template <bool Start>
TESSERA_TARGET_8 void run_8(const FilterPass& pass, const Constants& k) {
  run_channels<8, Start>(pass, k);
}
template <bool Start>
void run_4(const FilterPass& pass, const Constants& k) {
  run_channels<4, Start>(pass, k);
}

template <bool Start>
void run_any(int lanes, const FilterPass& pass, const Constants& k) {
  TESSERA_ASSERT(pass.layout.channels >= 1 && pass.layout.channels <= kFilterGroup);
  TESSERA_ASSERT(pass.width % 16 == 0);
  if (lanes >= 16) return run_16<Start>(pass, k);
  if (lanes >= 8) return run_8<Start>(pass, k);
  run_4<Start>(pass, k);
}

}  // namespace

void filter_start(int lanes, const FilterPass& pass) {
  const FilterRowLayout& layout = pass.layout;
  run_any<true>(lanes, pass, {layout.x() * layout.stride, layout.p(0) * layout.stride, 0, 0});
}

void filter_step(int lanes, const FilterPass& pass, int step, float alpha, float beta) {
  const FilterRowLayout& layout = pass.layout;
  run_any<false>(lanes, pass,
                 {layout.p(step) * layout.stride, layout.p(step + 1) * layout.stride, alpha, beta});
}

}  // namespace tessera::graph
