// SPDX-License-Identifier: MIT
#include "graph/kernels/total_variation_kernel.h"

#include "graph/kernels/vector_lanes.h"

namespace tessera::graph {
namespace {

// What a layer does with the states it keeps from one to the next.
enum class States { Advance, Begin, End, BeginAndEnd };
constexpr bool reads(States states) { return states == States::Advance || states == States::End; }
constexpr bool writes(States states) {
  return states == States::Advance || states == States::Begin;
}
States states_of(bool first, bool last) {
  if (first) return last ? States::BeginAndEnd : States::Begin;
  return last ? States::End : States::Advance;
}

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

struct Scalars {
  float scale, half_step, next_scale, start;
};

template <int N, States kStates>
[[gnu::always_inline]] inline void edges_at(const EdgeRow& row, const Scalars& layer, int x) {
  Float<N> t1 = broadcast<N>(layer.start), t2 = t1;
  if constexpr (reads(kStates)) t1 = load<N>(row.t1 + x), t2 = load<N>(row.t2 + x);
  const auto [n1, p1] = split<N>(t1, layer.scale);
  const auto [n2, p2] = split<N>(t2, layer.scale);
  const Float<N> w = load<N>(row.weights + x);
  const Float<N> z = 0.5F * (p1 + p2 - n1 - n2) - layer.half_step;
  const Float<N> difference = w * (load<N>(row.here + x) - load<N>(row.there + x));
  t1 = z - difference + n1;
  t2 = z + difference + n2;
  if constexpr (writes(kStates)) store<N>(row.t1 + x, t1), store<N>(row.t2 + x, t2);
  const auto [next_n1, next_p1] = split<N>(t1, layer.next_scale);
  const auto [next_n2, next_p2] = split<N>(t2, layer.next_scale);
  store<N>(row.flow + x, w * (0.5F * ((next_n1 - next_p1) - (next_n2 - next_p2))));
}

template <int N, States kStates>
[[gnu::always_inline]] inline void edge_row(const EdgeRow row, const Scalars layer) {
  int x = row.first;
  for (; x + N <= row.last; x += N) {
    // Short rows of many planes defeat hardware prefetchers: ask for the next row here.
    if constexpr (reads(kStates) || writes(kStates)) {
      __builtin_prefetch(row.t1 + x + row.width, writes(kStates) ? 1 : 0);
      __builtin_prefetch(row.t2 + x + row.width, writes(kStates) ? 1 : 0);
    }
    edges_at<N, kStates>(row, layer, x);
  }
  for (; x < row.last; ++x) edges_at<1, kStates>(row, layer, x);
}

template <int N>
[[gnu::always_inline]] inline void edge_row_any(States states,
                                                const EdgeRow& row,
                                                const Scalars& layer) {
  switch (states) {
    case States::Advance:
      return edge_row<N, States::Advance>(row, layer);
    case States::Begin:
      return edge_row<N, States::Begin>(row, layer);
    case States::End:
      return edge_row<N, States::End>(row, layer);
    case States::BeginAndEnd:
      return edge_row<N, States::BeginAndEnd>(row, layer);
  }
}

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

template <int N>
[[gnu::always_inline]] inline void samples_at(
    const SampleRow& row, float scale, float half_rho, States states, int x) {
  const Float<N> mask = load<N>(row.mask + x), y = load<N>(row.samples + x);
  Float<N> c = mask * load<N>(row.x + x) - y;
  if (reads(states)) c = load<N>(row.c + x) + c;
  c *= scale;
  if (writes(states)) store<N>(row.c + x, c);
  store<N>(row.right_side + x, load<N>(row.right_side + x) + half_rho * mask * (y - c));
}

template <int N>
[[gnu::always_inline]] inline void sample_row(const SampleRow row,
                                              float scale,
                                              float half_rho,
                                              States states) {
  int x = 0;
  for (; x + N <= row.width; x += N) samples_at<N>(row, scale, half_rho, states, x);
  for (; x < row.width; ++x) samples_at<1>(row, scale, half_rho, states, x);
}

TESSERA_TARGET_16 void edge_row_16(States states, const EdgeRow& row, const Scalars& layer) {
  edge_row_any<16>(states, row, layer);
}
TESSERA_TARGET_8 void edge_row_8(States states, const EdgeRow& row, const Scalars& layer) {
  edge_row_any<8>(states, row, layer);
}
void edge_row_4(States states, const EdgeRow& row, const Scalars& layer) {
  edge_row_any<4>(states, row, layer);
}
TESSERA_TARGET_16 void gather_row_16(const FlowRow& row) { gather_row<16>(row); }
TESSERA_TARGET_8 void gather_row_8(const FlowRow& row) { gather_row<8>(row); }
void gather_row_4(const FlowRow& row) { gather_row<4>(row); }
TESSERA_TARGET_16 void sample_row_16(const SampleRow& row, float s, float h, States states) {
  sample_row<16>(row, s, h, states);
}
TESSERA_TARGET_8 void sample_row_8(const SampleRow& row, float s, float h, States states) {
  sample_row<8>(row, s, h, states);
}
void sample_row_4(const SampleRow& row, float s, float h, States states) {
  sample_row<4>(row, s, h, states);
}

}  // namespace

void advance_edge_row(int lanes, const EdgeRow& row, const EdgeLayer& layer) {
  const States states = states_of(layer.start.has_value(), layer.last);
  const Scalars scalars{layer.scale, layer.half_step, layer.next_scale, layer.start.value_or(0.0F)};
  if (lanes >= 16) return edge_row_16(states, row, scalars);
  if (lanes >= 8) return edge_row_8(states, row, scalars);
  edge_row_4(states, row, scalars);
}

void gather_flow_row(int lanes, const FlowRow& row) {
  if (lanes >= 16) return gather_row_16(row);
  if (lanes >= 8) return gather_row_8(row);
  gather_row_4(row);
}

void advance_sample_row(
    int lanes, const SampleRow& row, const SampleLayer& layer, bool first, bool last) {
  const States states = states_of(first, last);
  const float scale = layer.next_scale, half_rho = layer.half_rho;
  if (lanes >= 16) return sample_row_16(row, scale, half_rho, states);
  if (lanes >= 8) return sample_row_8(row, scale, half_rho, states);
  sample_row_4(row, scale, half_rho, states);
}

}  // namespace tessera::graph
