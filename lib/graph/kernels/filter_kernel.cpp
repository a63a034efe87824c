// SPDX-License-Identifier: MIT
#include "graph/kernels/filter_kernel.h"

#include <utility>

#include "base/assertion.h"
#include "graph/kernels/laplacian_stencil.h"

namespace tessera::graph {
namespace {

constexpr int kLine = 16;  // floats of a cache line

struct Constants {
  int from, to;  // first planes of x before and after the step
  float alpha, beta;
};

// work(c) for all channels; c is a constant, so that arrays of C vectors stay in registers.
template <int C, typename Work>
[[gnu::always_inline]] inline void for_channels(const Work& work) {
  [&]<int... c>(std::integer_sequence<int, c...>) __attribute__((always_inline)) {
    (work(std::integral_constant<int, c>{}), ...);
  }
  (std::make_integer_sequence<int, C>{});
}

// Column x of the matrix.
struct MatrixColumn {
  const float *diagonal, *free;      // null: diagonal_value, all ones
  int diagonal_stride, free_stride;  // from channel to channel
  float diagonal_value;
};

MatrixColumn matrix_of(const FilterPass& pass) {
  const FilterRowLayout& layout = pass.layout;
  const auto plane = [&](int channels, int first) {
    return channels == 0 ? nullptr : pass.here + first * kRowStride;
  };
  return {plane(layout.diagonal_channels, layout.diagonal()),
          plane(layout.free_channels, layout.free()), layout.diagonal_channels > 1 ? kRowStride : 0,
          layout.free_channels > 1 ? kRowStride : 0, pass.diagonal_value};
}

// residual - w (x - neighbour)
template <int N>
[[gnu::always_inline]] inline Float<N> less(Float<N> residual,
                                            Float<N> w,
                                            Float<N> x,
                                            Float<N> neighbour) {
  return multiply_add<N>(w, neighbour - x, residual);
}

template <int N, int C, bool First, bool Diagonal, bool Free>
[[gnu::always_inline]] inline void run(const FilterPass& pass, const Constants k) {
  const MatrixColumn matrix = matrix_of(pass);
  const EdgeRows edges{pass.here, pass.above, kRowStride};
  const int from = k.from * kRowStride, width = pass.width;
  const float *const row_above = pass.above + from, *const row_here = pass.here + from,
                     *const row_below = pass.below + from;
  float* const row_to = pass.here + k.to * kRowStride;
  float* const row_p = pass.here + (4 + 2 * C) * kRowStride;
  const float* const row_b = pass.here + (4 + 3 * C) * kRowStride;
  const Float<N> alpha = broadcast<N>(k.alpha), beta = broadcast<N>(k.beta);
  Float<N> above[C] = {}, here[C] = {}, below[C] = {};  // the vector before; zeros precede a row
  for (int i = 0; i < width; i += N) {
    if (i % kLine == 0)
      for (const float* const row : pass.later) __builtin_prefetch(row + i);
    const auto w = load_weights<N>(edges, i);
    for_channels<C>([&](auto c) __attribute__((always_inline)) {
      const int plane = c * kRowStride + i;
      const Window<N> middle = window<N>(row_here + plane, here[c]);
      const Float<N> x = middle.here;
      Float<N> diagonal = broadcast<N>(matrix.diagonal_value);
      if constexpr (Diagonal) diagonal = load<N>(matrix.diagonal + c * matrix.diagonal_stride + i);
      Float<N> residual = multiply_add<N>(-diagonal, x, load<N>(row_b + plane));
      residual = less<N>(residual, w.right, x, middle.right);
      residual = less<N>(residual, w.left, x, middle.left);
      const Window<N> under = window<N>(row_below + plane, below[c]);
      Float<N> part = w.below_left * (under.left - x);
      residual = less<N>(residual, w.below, x, under.here);
      part = less<N>(part, w.below_right, x, under.right);
      const Window<N> over = window<N>(row_above + plane, above[c]);
      residual = less<N>(residual, w.above_right, x, over.right);
      part = less<N>(part, w.above, x, over.here);
      part = less<N>(part, w.above_left, x, over.left);
      residual = residual + part;
      if constexpr (Free) residual *= load<N>(matrix.free + c * matrix.free_stride + i);
      Float<N> p = residual;
      if constexpr (!First) p = multiply_add<N>(beta, load<N>(row_p + plane), residual);
      store<N>(row_p + plane, p);
      store<N>(row_to + plane, multiply_add<N>(alpha, p, x));
    });
  }
}

template <int N, int C, bool Extends>
[[gnu::always_inline]] inline void start(const FilterPass& pass, float alpha) {
  const FilterRowLayout& layout = pass.layout;
  const EdgeRows edges{pass.here, pass.above, kRowStride};
  const float* const free = pass.here + layout.free() * kRowStride;
  const int free_stride = layout.free_channels > 1 ? kRowStride : 0;
  const int from = layout.x(0) * kRowStride, width = pass.width;
  const float *const row_above = pass.above + from, *const row_here = pass.here + from,
                     *const row_below = pass.below + from;
  float* const row_b = pass.here + layout.b() * kRowStride;
  float* const row_p = pass.here + layout.p() * kRowStride;
  float* const row_x = pass.here + layout.x(1) * kRowStride;
  Float<N> above[C] = {}, here[C] = {}, below[C] = {};
  for (int i = 0; i < width; i += N) {
    StencilWeights<N> w{};
    if constexpr (Extends) w = load_weights<N>(edges, i);
    for_channels<C>([&](auto c) __attribute__((always_inline)) {
      const int plane = c * kRowStride + i;
      if constexpr (Extends) {
        const Window<N> over = window<N>(row_above + plane, above[c]);
        const Window<N> middle = window<N>(row_here + plane, here[c]);
        const Window<N> under = window<N>(row_below + plane, below[c]);
        const Float<N> sum = weighted_differences<N>(w, over, middle, under);
        store<N>(row_b + plane, sum * -load<N>(free + c * free_stride + i));
      }
      const Float<N> b = load<N>(row_b + plane);
      store<N>(row_p + plane, b);
      store<N>(row_x + plane, alpha * b);
    });
  }
}

template <int N, int C>
[[gnu::always_inline]] inline void run_matrix(const FilterPass& pass,
                                              const Constants& k,
                                              bool first) {
  const bool diagonal = pass.layout.diagonal_channels > 0, free = pass.layout.free_channels > 0;
  if (first) {
    if (diagonal && free) return run<N, C, true, true, true>(pass, k);
    if (diagonal) return run<N, C, true, true, false>(pass, k);
    if (free) return run<N, C, true, false, true>(pass, k);
    return run<N, C, true, false, false>(pass, k);
  }
  if (diagonal && free) return run<N, C, false, true, true>(pass, k);
  if (diagonal) return run<N, C, false, true, false>(pass, k);
  if (free) return run<N, C, false, false, true>(pass, k);
  run<N, C, false, false, false>(pass, k);
}

// work(C) with the channels of a pass as a constant.
template <typename Work>
[[gnu::always_inline]] inline void with_channels(int channels, const Work& work) {
  switch (channels) {
    case 1:
      return work(std::integral_constant<int, 1>{});
    case 2:
      return work(std::integral_constant<int, 2>{});
    case 3:
      return work(std::integral_constant<int, 3>{});
    default:
      return work(std::integral_constant<int, kFilterGroup>{});
  }
}

template <int N>
[[gnu::always_inline]] inline void run_channels(const FilterPass& pass,
                                                const Constants& k,
                                                bool first) {
  with_channels(
      pass.layout.channels, [&](auto c) __attribute__((always_inline)) {
        run_matrix<N, c>(pass, k, first);
      });
}

template <int N>
[[gnu::always_inline]] inline void start_channels(const FilterPass& pass,
                                                  float alpha,
                                                  bool extends) {
  with_channels(
      pass.layout.channels, [&](auto c) __attribute__((always_inline)) {
        if (extends) return start<N, c, true>(pass, alpha);
        start<N, c, false>(pass, alpha);
      });
}

TESSERA_TARGET_16 void run_16(const FilterPass& pass, const Constants& k, bool first) {
  run_channels<16>(pass, k, first);
}
TESSERA_TARGET_8 void run_8(const FilterPass& pass, const Constants& k, bool first) {
  run_channels<8>(pass, k, first);
}
void run_4(const FilterPass& pass, const Constants& k, bool first) {
  run_channels<4>(pass, k, first);
}

TESSERA_TARGET_16 void start_16(const FilterPass& pass, float alpha, bool extends) {
  start_channels<16>(pass, alpha, extends);
}
TESSERA_TARGET_8 void start_8(const FilterPass& pass, float alpha, bool extends) {
  start_channels<8>(pass, alpha, extends);
}
void start_4(const FilterPass& pass, float alpha, bool extends) {
  start_channels<4>(pass, alpha, extends);
}

void check([[maybe_unused]] const FilterPass& pass) {
  TESSERA_ASSERT(pass.layout.channels >= 1 && pass.layout.channels <= kFilterGroup);
  TESSERA_ASSERT(pass.width % 16 == 0 && pass.width <= kRowPixels);
}

}  // namespace

void filter_start(int lanes, const FilterPass& pass, float alpha, bool extends) {
  check(pass);
  TESSERA_ASSERT(!extends || pass.layout.free_channels > 0);
  if (lanes >= 16) return start_16(pass, alpha, extends);
  if (lanes >= 8) return start_8(pass, alpha, extends);
  start_4(pass, alpha, extends);
}

void filter_step(int lanes, const FilterPass& pass, const FilterStep& step) {
  check(pass);
  const Constants constants{pass.layout.x(step.step), pass.layout.x(step.step + 1), step.alpha,
                            step.beta};
  const bool first = step.step == 0;
  if (lanes >= 16) return run_16(pass, constants, first);
  if (lanes >= 8) return run_8(pass, constants, first);
  run_4(pass, constants, first);
}

}  // namespace tessera::graph
