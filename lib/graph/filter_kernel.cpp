// SPDX-License-Identifier: MIT
#include "graph/filter_kernel.h"

#include "base/assertion.h"
#include "graph/laplacian_stencil.h"

namespace tessera::graph {
namespace {

enum class Pass { Start, EvenStep, OddStep };

struct Constants {
  int product_plane;  // first plane of the vector that A multiplies
  int next_plane;     // first plane of the new p
  float alpha, beta, next_alpha;
};

// Column x of the first plane that A multiplies.
struct Operand {
  const float *above, *here, *below;
};

// Column x of the matrix.
struct MatrixColumn {
  const float *diagonal, *free;      // null: diagonal_value, all ones
  int diagonal_stride, free_stride;  // from channel to channel
  float diagonal_value, laplacian_scale;
};

// A p at N pixels of channel c.
template <int N>
[[gnu::always_inline]] inline Float<N> product(
    const MatrixColumn& matrix, const StencilWeights<N>& w, const Operand& p, int c, int x) {
  const int plane = c * kRowStride + x;
  const Float<N> differences =
      weighted_differences<N>(w, p.above + plane, p.here + plane, p.below + plane);
  Float<N> diagonal = broadcast<N>(matrix.diagonal_value);
  if (matrix.diagonal != nullptr)
    diagonal = load<N>(matrix.diagonal + c * matrix.diagonal_stride + x);
  const Float<N> sum = diagonal * load<N>(p.here + plane) + matrix.laplacian_scale * differences;
  if (matrix.free == nullptr) return sum;
  return load<N>(matrix.free + c * matrix.free_stride + x) * sum;
}

MatrixColumn matrix_of(const FilterPass& pass) {
  const FilterRowLayout& layout = pass.layout;
  const auto plane = [&](int channels, int first) {
    return channels == 0 ? nullptr : pass.here + first * kRowStride;
  };
  return {plane(layout.diagonal_channels, layout.diagonal()),
          plane(layout.free_channels, layout.free()),
          layout.diagonal_channels > 1 ? kRowStride : 0,
          layout.free_channels > 1 ? kRowStride : 0,
          pass.diagonal_value,
          pass.laplacian_scale};
}

template <int N, int C, Pass kind>
[[gnu::always_inline]] inline void run(const FilterPass& pass, const Constants k) {
  const MatrixColumn matrix = matrix_of(pass);
  const EdgeRows edges{pass.here, pass.above, kRowStride};
  const int first = k.product_plane * kRowStride, width = pass.width;
  const Operand operand{pass.above + first, pass.here + first, pass.below + first};
  float* const row_x = pass.here + 4 * kRowStride;
  float* const row_r = pass.here + (4 + C) * kRowStride;
  float* const row_next = pass.here + k.next_plane * kRowStride;
  for (int x = 0; x < width; x += N) {
    const auto weights = load_weights<N>(edges, x);
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const int plane = c * kRowStride + x;
      const Float<N> q = product<N>(matrix, weights, operand, c, x);
      if constexpr (kind == Pass::Start) {
        const Float<N> residual = load<N>(row_r + plane) - q;
        store<N>(row_r + plane, residual);
        store<N>(row_next + plane, residual);
      } else {
        const Float<N> p = load<N>(operand.here + plane);
        const Float<N> residual = load<N>(row_r + plane) - k.alpha * q;
        const Float<N> next = residual + k.beta * p;
        store<N>(row_r + plane, residual);
        store<N>(row_next + plane, next);
        if constexpr (kind == Pass::EvenStep)
          store<N>(row_x + plane, load<N>(row_x + plane) + k.alpha * p + k.next_alpha * next);
      }
    }
  }
}

template <int N, Pass kind>
[[gnu::always_inline]] inline void run_channels(const FilterPass& pass, const Constants& k) {
  switch (pass.layout.channels) {
    case 1:
      return run<N, 1, kind>(pass, k);
    case 2:
      return run<N, 2, kind>(pass, k);
    case 3:
      return run<N, 3, kind>(pass, k);
    default:
      return run<N, 4, kind>(pass, k);
  }
}

template <Pass kind>
TESSERA_TARGET_16 void run_16(const FilterPass& pass, const Constants& k) {
  run_channels<16, kind>(pass, k);
}
template <Pass kind>
TESSERA_TARGET_8 void run_8(const FilterPass& pass, const Constants& k) {
  run_channels<8, kind>(pass, k);
}
template <Pass kind>
void run_4(const FilterPass& pass, const Constants& k) {
  run_channels<4, kind>(pass, k);
}

template <Pass kind>
void run_any(int lanes, const FilterPass& pass, const Constants& k) {
  TESSERA_ASSERT(pass.layout.channels >= 1 && pass.layout.channels <= kFilterGroup);
  TESSERA_ASSERT(pass.width % 16 == 0 && pass.width <= kRowPixels);
  if (lanes >= 16) return run_16<kind>(pass, k);
  if (lanes >= 8) return run_8<kind>(pass, k);
  run_4<kind>(pass, k);
}

}  // namespace

void filter_start(int lanes, const FilterPass& pass) {
  run_any<Pass::Start>(lanes, pass, {pass.layout.x(), pass.layout.p(0), 0, 0, 0});
}

void filter_step(int lanes, const FilterPass& pass, const FilterStep& step) {
  const Constants constants{pass.layout.p(step.step), pass.layout.p(step.step + 1), step.alpha,
                            step.beta, step.next_alpha};
  if (step.step % 2 == 0) return run_any<Pass::EvenStep>(lanes, pass, constants);
  run_any<Pass::OddStep>(lanes, pass, constants);
}

}  // namespace tessera::graph
