// SPDX-License-Identifier: MIT
// The two edge operators of an ADMM layer of gtv_net, forward and reverse, for one graph.
// n_k = scale min(0, t_k), p_k = max(0, t_k), k = 1, 2, on every edge and channel.
#pragma once

#include <cstdint>
#include <numeric>

#include "fused_plane.h"

struct GtvShape {
  int C, H, W;
  int64_t weights() const { return int64_t(4) * H * W; }
  int64_t nodes() const { return int64_t(C) * H * W; }
  int64_t edges() const { return int64_t(4) * C * H * W; }
};

// Calls row(weights offset, first node offset, distance to the second node, edge offset, begin,
// end).
template <typename Row>
void for_each_edge_row(const GtvShape& s, Row row) {
  for (int e = 0; e < 4; ++e)
    for (int c = 0; c < s.C; ++c)
      for (int y = 0; y < rows(e, s.H); ++y)
        row((e * s.H + y) * s.W, (c * s.H + y) * s.W, step(e, s.W), ((e * s.C + c) * s.H + y) * s.W,
            first_column(e), last_column(e, s.W));
}

template <typename T>
inline T shrink(T t, T scale) {
  return t < 0 ? scale * t : -t;  // n - p
}

// out (C,H,W) += 1/2 C'[(n1-p1)-(n2-p2)].
template <typename T>
void gtv_rhs_one(const GtvShape& s, const T* w, const T* t1, const T* t2, T scale, T* out) {
  std::vector<T> flow(s.W);
  for_each_edge_row(s, [&](int wo, int node, int second, int edge, int begin, int end) {
    T* __restrict f = flow.data();
#pragma omp simd
    for (int x = begin; x < end; ++x)
      f[x] = T(0.5) * w[wo + x] * (shrink(t1[edge + x], scale) - shrink(t2[edge + x], scale));
#pragma omp simd
    for (int x = begin; x < end; ++x) out[node + x] += f[x];
#pragma omp simd
    for (int x = begin; x < end; ++x) out[node + second + x] -= f[x];
  });
}

// Sums are kept per column and added up at the end: the loops vectorise without reductions.
template <typename T>
T gtv_rhs_backward_one(const GtvShape& s,
                       const T* grad,
                       const T* w,
                       const T* t1,
                       const T* t2,
                       T scale,
                       T* grad_w,
                       T* grad_t1,
                       T* grad_t2) {
  std::vector<T> columns(s.W, T(0));
  for_each_edge_row(s, [&](int wo, int node, int second, int edge, int begin, int end) {
    const T* __restrict gi = grad + node;
    const T* __restrict gj = grad + node + second;
    const T* __restrict ww = w + wo;
    const T* __restrict ta = t1 + edge;
    const T* __restrict tb = t2 + edge;
    T* __restrict gw = grad_w + wo;
    T* __restrict ga = grad_t1 + edge;
    T* __restrict gb = grad_t2 + edge;
    T* __restrict sum = columns.data();
    const T factor = scale;
#pragma omp simd
    for (int x = begin; x < end; ++x) {
      const T a = ta[x], b = tb[x];
      const T slope_a = a < 0 ? factor : T(-1), slope_b = b < 0 ? factor : T(-1);
      const T difference = T(0.5) * (gi[x] - gj[x]);
      const T v = ww[x] * difference;
      gw[x] += difference * (slope_a * a - slope_b * b);
      ga[x] = slope_a * v;
      gb[x] = -slope_b * v;
      sum[x] += v * ((a < 0 ? a : T(0)) - (b < 0 ? b : T(0)));
    }
  });
  return std::accumulate(columns.begin(), columns.end(), T(0));
}

// out1 = z - Cx + n1, out2 = z + Cx + n2 with z = (p1+p2-n1-n2)/2 - half_step.
template <typename T>
void gtv_edges_one(const GtvShape& s,
                   const T* w,
                   const T* x,
                   const T* t1,
                   const T* t2,
                   T scale,
                   T half_step,
                   T* out1,
                   T* out2) {
  for_each_edge_row(s, [&](int wo, int node, int second, int edge, int begin, int end) {
#pragma omp simd
    for (int k = begin; k < end; ++k) {
      const T a = t1[edge + k], b = t2[edge + k];
      const T n1 = scale * std::min(a, T(0)), n2 = scale * std::min(b, T(0));
      const T z = T(0.5) * (std::max(a, T(0)) + std::max(b, T(0)) - n1 - n2) - half_step;
      const T difference = w[wo + k] * (x[node + k] - x[node + second + k]);
      out1[edge + k] = z - difference + n1;
      out2[edge + k] = z + difference + n2;
    }
  });
}

// scalar_grads: scale, half_step.
template <typename T>
void gtv_edges_backward_one(const GtvShape& s,
                            const T* grad1,
                            const T* grad2,
                            const T* w,
                            const T* x,
                            const T* t1,
                            const T* t2,
                            T scale,
                            T* grad_w,
                            T* grad_x,
                            T* grad_t1,
                            T* grad_t2,
                            T* scalar_grads) {
  std::vector<T> flow(s.W), scale_columns(s.W, T(0)), step_columns(s.W, T(0));
  for_each_edge_row(s, [&](int wo, int node, int second, int edge, int begin, int end) {
    const T* __restrict xi = x + node;
    const T* __restrict xj = x + node + second;
    const T* __restrict ww = w + wo;
    const T* __restrict ta = t1 + edge;
    const T* __restrict tb = t2 + edge;
    const T* __restrict g1 = grad1 + edge;
    const T* __restrict g2 = grad2 + edge;
    T* __restrict gw = grad_w + wo;
    T* __restrict o1 = grad_t1 + edge;
    T* __restrict o2 = grad_t2 + edge;
    T* __restrict f = flow.data();
    T* __restrict scale_sum = scale_columns.data();
    T* __restrict step_sum = step_columns.data();
    const T factor = scale;
#pragma omp simd
    for (int k = begin; k < end; ++k) {
      const T a = ta[k], b = tb[k];
      const T positive = T(0.5) * (g1[k] + g2[k]), negative = T(0.5) * (g1[k] - g2[k]);
      o1[k] = a < 0 ? factor * negative : positive;
      o2[k] = b < 0 ? -factor * negative : positive;
      scale_sum[k] += negative * ((a < 0 ? a : T(0)) - (b < 0 ? b : T(0)));
      step_sum[k] -= g1[k] + g2[k];
      gw[k] += (g2[k] - g1[k]) * (xi[k] - xj[k]);
      f[k] = (g2[k] - g1[k]) * ww[k];
    }
    T* gi = grad_x + node;
    T* gj = gi + second;
#pragma omp simd
    for (int k = begin; k < end; ++k) gi[k] += f[k];
#pragma omp simd
    for (int k = begin; k < end; ++k) gj[k] -= f[k];
  });
  scalar_grads[0] = std::accumulate(scale_columns.begin(), scale_columns.end(), T(0));
  scalar_grads[1] = std::accumulate(step_columns.begin(), step_columns.end(), T(0));
}
