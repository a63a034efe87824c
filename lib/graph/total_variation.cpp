// SPDX-License-Identifier: MIT
#include "graph/total_variation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "graph/neighbourhood.h"
#include "graph/vector_lanes.h"

namespace tessera::graph {
namespace {

constexpr int kPad = 16;

// The edges of one plane that start in columns [first, last) of one row.
struct EdgeRow {
  const float *weights, *here, *there;
  float *t1, *t2, *flow;
  int first, last;
  int width;  // to the next row of each plane
};

// n = scale min(0, t) and p = max(0, t).
template <int N>
struct Signs {
  Float<N> negative, positive;
};
template <int N>
[[gnu::always_inline]] inline Signs<N> split(Float<N> t, float scale) {
  const Float<N> zero{};
  return {scale * (t < zero ? t : zero), t > zero ? t : zero};
}

template <int N>
[[gnu::always_inline]] inline void edges_at(const EdgeRow& row, const EdgeLayer& layer, int x) {
  const auto [n1, p1] = split<N>(load<N>(row.t1 + x), layer.scale);
  const auto [n2, p2] = split<N>(load<N>(row.t2 + x), layer.scale);
  const Float<N> w = load<N>(row.weights + x);
  const Float<N> z = 0.5F * (p1 + p2 - n1 - n2) - layer.half_step;
  const Float<N> difference = w * (load<N>(row.here + x) - load<N>(row.there + x));
  const Float<N> t1 = z - difference + n1, t2 = z + difference + n2;
  store<N>(row.t1 + x, t1);
  store<N>(row.t2 + x, t2);
  const auto [next_n1, next_p1] = split<N>(t1, layer.next_scale);
  const auto [next_n2, next_p2] = split<N>(t2, layer.next_scale);
  store<N>(row.flow + x, w * (0.5F * ((next_n1 - next_p1) - (next_n2 - next_p2))));
}

template <int N>
[[gnu::always_inline]] inline void edge_row(const EdgeRow row, const EdgeLayer layer) {
  int x = row.first;
  for (; x + N <= row.last; x += N) {
    // Short rows of many planes defeat hardware prefetchers: ask for the next row here.
    __builtin_prefetch(row.t1 + x + row.width, 1);
    __builtin_prefetch(row.t2 + x + row.width, 1);
    edges_at<N>(row, layer, x);
  }
  for (; x < row.last; ++x) edges_at<1>(row, layer, x);
}

// C' of the flows of one row: forward edges, then backward ones.
struct FlowRow {
  std::array<const float*, 4> here, above;
  float* out;
  int width;
};

template <int N>
[[gnu::always_inline]] inline void gather_at(const FlowRow& row, int x) {
  const auto forward = [&](int e, int i) __attribute__((always_inline)) {
    return load<N>(row.here[e] + i);
  };
  const auto backward = [&](int e, int i) __attribute__((always_inline)) {
    return load<N>(row.above[e] + i);
  };
  store<N>(row.out + x, forward(0, x) + forward(1, x) + forward(2, x) + forward(3, x) -
                            forward(0, x - 1) - backward(1, x + 1) - backward(2, x) -
                            backward(3, x - 1));
}

template <int N>
[[gnu::always_inline]] inline void gather_row(const FlowRow row) {
  int x = 0;
  for (; x + N <= row.width; x += N) gather_at<N>(row, x);
  for (; x < row.width; ++x) gather_at<1>(row, x);
}

TESSERA_TARGET_16 void edge_row_16(const EdgeRow& row, EdgeLayer layer) {
  edge_row<16>(row, layer);
}
TESSERA_TARGET_8 void edge_row_8(const EdgeRow& row, EdgeLayer layer) { edge_row<8>(row, layer); }
void edge_row_4(const EdgeRow& row, EdgeLayer layer) { edge_row<4>(row, layer); }
TESSERA_TARGET_16 void gather_row_16(const FlowRow& row) { gather_row<16>(row); }
TESSERA_TARGET_8 void gather_row_8(const FlowRow& row) { gather_row<8>(row); }
void gather_row_4(const FlowRow& row) { gather_row<4>(row); }

struct Kernels {
  void (*edge_row)(const EdgeRow&, EdgeLayer);
  void (*gather_row)(const FlowRow&);
};
Kernels kernels_of_this_processor() {
  const int lanes = vector_lanes();
  if (lanes >= 16) return {edge_row_16, gather_row_16};
  if (lanes >= 8) return {edge_row_8, gather_row_8};
  return {edge_row_4, gather_row_4};
}

// Two rows of flows, each of four padded planes.
using FlowRing = std::array<TensorView<float>, 2>;

void advance_row(const Kernels& kernels,
                 TensorView<const float> weights,
                 TensorView<const float> x,
                 EdgeLayer layer,
                 TensorView<float> t1,
                 TensorView<float> t2,
                 int row,
                 TensorView<float> flows) {
  const int width = x.width();
  for (int e = 0; e < kEdgePlanes; ++e) {
    const auto [dy, dx] = kForwardOffsets[e];
    float* const flow = flows.plane(e) + kPad;
    const int first = std::max(0, -dx), last = width - std::max(0, dx);
    float *const u1 = t1.row(e, row), *const u2 = t2.row(e, row);
    if (row + dy >= x.height()) {
      std::fill_n(flow, width, 0.0F);
      continue;
    }
    const float* there = x.row(0, row + dy) + dx;
    kernels.edge_row({weights.row(e, row), x.row(0, row), there, u1, u2, flow, first, last, width},
                     layer);
  }
}

}  // namespace

void advance_edges(TensorView<const float> weights,
                   TensorView<const float> x,
                   EdgeLayer layer,
                   TensorView<float> t1,
                   TensorView<float> t2,
                   TensorView<float> right_side,
                   Workspace& scratch) {
  TESSERA_ASSERT(weights.channels() == kEdgePlanes && t1.shape() == t2.shape());
  TESSERA_ASSERT(t1.channels() == kEdgePlanes * x.channels());
  TESSERA_ASSERT(weights.shape().plane() == x.shape().plane());
  const Kernels kernels = kernels_of_this_processor();
  const WorkspaceScope scope(scratch);
  FlowRing ring;
  for (auto& flows : ring) flows = scratch.take({kEdgePlanes, 1, x.width() + 2 * kPad});
  for (int c = 0; c < x.channels(); ++c) {
    for (auto& flows : ring) std::fill_n(flows.data(), flows.shape().count(), 0.0F);
    const auto first = t1.channels(c * kEdgePlanes, kEdgePlanes);
    const auto second = t2.channels(c * kEdgePlanes, kEdgePlanes);
    for (int row = 0; row < x.height(); ++row) {
      advance_row(kernels, weights, x.channels(c, 1), layer, first, second, row, ring[0]);
      if (!right_side.empty()) {
        FlowRow flows{{}, {}, right_side.row(c, row), x.width()};
        for (int e = 0; e < kEdgePlanes; ++e) {
          flows.here[e] = ring[0].plane(e) + kPad;
          flows.above[e] = ring[1].plane(e) + kPad;
        }
        kernels.gather_row(flows);
      }
      std::swap(ring[0], ring[1]);
    }
  }
}

}  // namespace tessera::graph
