// SPDX-License-Identifier: MIT
#include "graph/kernels/edge_kernel.h"

#include "graph/kernels/exponential.h"
#include "graph/kernels/vector_lanes.h"
#include "graph/neighbourhood.h"

namespace tessera::graph {
namespace {

template <int N>
[[gnu::always_inline]] inline Float<N> similarity(Float<N> distance) {
  const Float<N> limit = broadcast<N>(kDistanceLimit);
  return exp_of_negative<N>(distance < limit ? distance : limit);
}

// U vectors of N pixels from column x on; the sums over features stay in registers.
template <int N, int U, bool Below>
[[gnu::always_inline]] inline void block(const SimilarityRow& row, int x) {
  constexpr int kEdges = Below ? kEdgePlanes : 1;
  Float<N> sum[kEdges][U] = {};
  const float* here = row.here + x;
  const float* below = Below ? row.below + x : nullptr;
  const std::size_t plane = row.plane;
  for (int d = 0; d < row.features; ++d) {
    const float* const ahead = row.ahead + d * row.ahead_plane + x;
    Float<N> before = load<N>(here - N), before_below = Below ? load<N>(below - N) : before;
#pragma GCC unroll 4
    for (int u = 0; u < U; ++u) {
      // Into L2: from L1 it would drive out rows that are read before it.
      __builtin_prefetch(ahead + u * N, 0, 2);
      const Window<N> level = window<N>(here + u * N, before);
      const auto accumulate = [&](Float<N> & total, Float<N> there) __attribute__((always_inline)) {
        const Float<N> difference = level.here - there;
        total = multiply_add<N>(difference, difference, total);
      };
      accumulate(sum[0][u], level.right);
      if constexpr (Below) {
        const Window<N> under = window<N>(below + u * N, before_below);
        accumulate(sum[1][u], under.left);
        accumulate(sum[2][u], under.here);
        accumulate(sum[3][u], under.right);
      }
    }
    here += plane;
    if constexpr (Below) below += plane;
  }
#pragma GCC unroll 4
  for (int e = 0; e < kEdges; ++e)
#pragma GCC unroll 4
    for (int u = 0; u < U; ++u) store<N>(row.out[e] + x + u * N, similarity<N>(sum[e][u]));
}

template <int N, int U>
[[gnu::always_inline]] inline void all_blocks(const SimilarityRow row) {
  static_assert(kSimilarityPixels % (N * U) == 0);
  if (row.below != nullptr)
    for (int x = 0; x < row.width; x += N * U) block<N, U, true>(row, x);
  else
    for (int x = 0; x < row.width; x += N * U) block<N, U, false>(row, x);
}

TESSERA_TARGET_16 void similarities_16(const SimilarityRow& row) { all_blocks<16, 4>(row); }
TESSERA_TARGET_8 void similarities_8(const SimilarityRow& row) { all_blocks<8, 2>(row); }
void similarities_4(const SimilarityRow& row) { all_blocks<4, 2>(row); }

// R outputs at N pixels.
template <int N, int R>
[[gnu::always_inline]] inline void project_block(const ProjectionRow& row, int first, int x) {
  Float<N> sum[R] = {};
  for (int d = 0; d < row.dimension; ++d) {
    const Float<N> feature = load<N>(row.features + d * row.plane + x);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) sum[r] += row.metric[(first + r) * row.dimension + d] * feature;
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
    store<N>(row.projected + (first + r) * row.projected_plane + x, sum[r]);
}

template <int N>
[[gnu::always_inline]] inline void project(const ProjectionRow row) {
  int x = 0;
  while (x < row.width) {
    const bool whole = x + N <= row.width;
    for (int r = 0; r < row.dimension;) {
      if (whole && r + 4 <= row.dimension) {
        project_block<N, 4>(row, r, x);
        r += 4;
      } else if (whole) {
        project_block<N, 1>(row, r++, x);
      } else {
        project_block<1, 1>(row, r++, x);
      }
    }
    x += whole ? N : 1;
  }
}

TESSERA_TARGET_16 void project_16(const ProjectionRow& row) { project<16>(row); }
TESSERA_TARGET_8 void project_8(const ProjectionRow& row) { project<8>(row); }
void project_4(const ProjectionRow& row) { project<4>(row); }

}  // namespace

void similarities(int lanes, const SimilarityRow& row) {
  if (lanes >= 16) return similarities_16(row);
  if (lanes >= 8) return similarities_8(row);
  similarities_4(row);
}

void project_row(int lanes, const ProjectionRow& row) {
  if (lanes >= 16) return project_16(row);
  if (lanes >= 8) return project_8(row);
  project_4(row);
}

}  // namespace tessera::graph
