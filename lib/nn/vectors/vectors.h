// SPDX-License-Identifier: MIT
// What kernels that are written once and compiled for several instruction sets have in common.
// Everything here has internal linkage, and nothing of the standard library is named: the linker
// could take its functions from a source that was compiled for a larger instruction set.
#pragma once

#include <cstddef>

namespace tessera::nn {
namespace {

// An instruction set `Isa` (avx512.h, avx2.h, baseline.h) has Vector, as wide as a block of
// channels, and the size of a product that its registers hold: kRows of kMaxGroup vectors each.
// Those that Winograd's tiles are computed with have store_past_caches(place, vector), too.

/// Floats of a vector.
template <typename Isa>
constexpr int kLanes = sizeof(typename Isa::Vector) / sizeof(float);

template <typename Vector>
const Vector& at(const float* numbers) {
  return *reinterpret_cast<const Vector*>(numbers);
}

template <typename Vector>
Vector& at(float* numbers) {
  return *reinterpret_cast<Vector*>(numbers);
}

constexpr int smaller(int a, int b) { return a < b ? a : b; }

/// Output blocks of the group that comes next when `left` of them are left. No group of three
/// leaves a single block behind: its products would wait for loads.
constexpr int group_width(int left, int max_group) {
  if (left <= max_group) return left;
  return left == max_group + 1 ? (left + 1) / 2 : max_group;
}

/// sum += numbers weights', for one number of each of kRows rows and `Width` vectors of weights.
/// number_of(row) gives the number.
template <typename Isa, int Width, typename NumberOf>
[[gnu::always_inline]] inline void add_products(const float* weights,
                                                const NumberOf& number_of,
                                                typename Isa::Vector (&sum)[Isa::kRows][Width]) {
  using Vector = typename Isa::Vector;
  Vector weight[Width];
#pragma GCC unroll 4
  for (int n = 0; n < Width; ++n) weight[n] = at<Vector>(weights + n * kLanes<Isa>);
#pragma GCC unroll 8
  for (int r = 0; r < Isa::kRows; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < Width; ++n) sum[r][n] += number_of(r) * weight[n];
}

}  // namespace
}  // namespace tessera::nn
