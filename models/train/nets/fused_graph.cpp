// SPDX-License-Identifier: MIT
// The graph operators of graph_operators.py as single operators with hand-written gradients.
// Planes are copied once into buffers with a border of one zero pixel: no special case at the image
// border, and everything between two copies stays in the second-level cache.
#include <torch/extension.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "fused_plane.h"

using torch::Tensor;

namespace {

// scale = degree^-1/2 (1 for a pixel without edges) and wbar = raw .* scale_i .* scale_j.
template <typename T>
void normalise_weights(const T* raw, const Plane<T>& degree, T* wbar, T* scale, int H, int W) {
  for (int y = 0; y < H; ++y)
#pragma omp simd
    for (int x = 0; x < W; ++x) {
      const T s = degree.row(y)[x];
      scale[y * W + x] = s > 0 ? T(1) / std::sqrt(s) : T(1);
    }
  for (int e = 0; e < 4; ++e)
    for (int y = 0; y < H; ++y) {
      T* out = wbar + (e * H + y) * W;
      std::fill(out, out + W, T(0));
      if (y >= rows(e, H)) continue;
      const T* w = raw + (e * H + y) * W;
      const T* si = scale + y * W;
      const T* sj = si + step(e, W);
#pragma omp simd
      for (int x = first_column(e); x < last_column(e, W); ++x) out[x] = w[x] * si[x] * sj[x];
    }
}

// wbar (N,G,4,H,W), raw weights (N,G,4,H,W) and degree^-1/2 (N,G,H,W) of features (N,G*D,H,W).
template <typename T>
void edge_weights_forward_one(const T* q, T* wbar, T* raw, T* scale, int D, int H, int W) {
  Plane<T> degree(H, W);
  for (int e = 0; e < 4; ++e) {
    T* plane = raw + e * H * W;
    std::fill(plane, plane + H * W, T(0));
    for (int y = 0; y < rows(e, H); ++y) {
      T* w = plane + y * W;
      const int begin = first_column(e), end = last_column(e, W);
      for (int d = 0; d < D; ++d) {
        const T* a = q + (d * H + y) * W;
        const T* b = a + step(e, W);
#pragma omp simd
        for (int x = begin; x < end; ++x) w[x] += (a[x] - b[x]) * (a[x] - b[x]);
      }
#pragma omp simd
      for (int x = begin; x < end; ++x) w[x] = std::exp(-std::min(w[x], T(kMaxDistance)));
      T* si = degree.row(y);
      T* sj = degree.row(y + kRow[e]) + kColumn[e];
#pragma omp simd
      for (int x = begin; x < end; ++x) si[x] += w[x];
#pragma omp simd
      for (int x = begin; x < end; ++x) sj[x] += w[x];
    }
  }
  normalise_weights(raw, degree, wbar, scale, H, W);
}

// Gradient with respect to the degrees, through both ends of every edge.
template <typename T>
std::vector<T> degree_gradient(const T* grad, const T* raw, const T* scale, int H, int W) {
  std::vector<T> degree_grad(H * W, T(0));
  for (int e = 0; e < 4; ++e)  // first with respect to degree^-1/2
    for (int y = 0; y < rows(e, H); ++y) {
      const T* g = grad + (e * H + y) * W;
      const T* w = raw + (e * H + y) * W;
      const T* si = scale + y * W;
      const T* sj = si + step(e, W);
      T* di = degree_grad.data() + y * W;
      T* dj = di + step(e, W);
#pragma omp simd
      for (int x = first_column(e); x < last_column(e, W); ++x) di[x] += g[x] * w[x] * sj[x];
#pragma omp simd
      for (int x = first_column(e); x < last_column(e, W); ++x) dj[x] += g[x] * w[x] * si[x];
    }
#pragma omp simd
  for (int k = 0; k < H * W; ++k) degree_grad[k] *= T(-0.5) * scale[k] * scale[k] * scale[k];
  return degree_grad;
}

template <typename T>
void edge_weights_backward_one(
    const T* grad, const T* q, const T* raw, const T* scale, T* grad_q, int D, int H, int W) {
  const std::vector<T> degree_grad = degree_gradient(grad, raw, scale, H, W);
  std::vector<T> row_grad(W);
  const T cut = std::exp(T(-kMaxDistance));
  for (int e = 0; e < 4; ++e)
    for (int y = 0; y < rows(e, H); ++y) {
      const int begin = first_column(e), end = last_column(e, W);
      const T* g = grad + (e * H + y) * W;
      const T* w = raw + (e * H + y) * W;
      const T* si = scale + y * W;
      const T* sj = si + step(e, W);
      const T* di = degree_grad.data() + y * W;
      const T* dj = di + step(e, W);
#pragma omp simd
      for (int x = begin; x < end; ++x) {
        const T weight_grad = g[x] * si[x] * sj[x] + di[x] + dj[x];
        row_grad[x] = w[x] > cut ? T(-2) * w[x] * weight_grad : T(0);
      }
      for (int d = 0; d < D; ++d) {
        const T* a = q + (d * H + y) * W;
        const T* b = a + step(e, W);
        T* ga = grad_q + (d * H + y) * W;
        T* gb = ga + step(e, W);
#pragma omp simd
        for (int x = begin; x < end; ++x) ga[x] += row_grad[x] * (a[x] - b[x]);
#pragma omp simd
        for (int x = begin; x < end; ++x) gb[x] -= row_grad[x] * (a[x] - b[x]);
      }
    }
}

// One plane of the system: product = free .* (diagonal .* p + L p).
template <typename T>
struct System {
  const WeightPlanes<T>& w;
  const T* diagonal;
  const T* free;  // null: all
  int H, W;

  void apply(const Plane<T>& p, T* out) const {
    for (int y = 0; y < H; ++y) {
      laplacian_row(w, p, diagonal + y * W, y, out + y * W);
      if (free)
#pragma omp simd
        for (int x = 0; x < W; ++x) out[y * W + x] *= free[y * W + x];
    }
  }
};

// Runs the recurrence; p_k of every step are left in `search`, the last x in `x` (H*W, dense).
template <typename T>
void cg_forward_plane(const System<T>& A,
                      const T* b,
                      const T* x0,
                      const T* alpha,
                      const T* beta,
                      int stride,
                      int steps,
                      Plane<T>& start,
                      std::vector<Plane<T>>& search,
                      T* x,
                      std::vector<T>& residual,
                      std::vector<T>& product) {
  const int H = A.H, W = A.W;
  start.load(x0, A.free);
  A.apply(start, product.data());
  for (int y = 0; y < H; ++y)
#pragma omp simd
    for (int i = 0; i < W; ++i) {
      const int k = y * W + i;
      const T value = (A.free ? A.free[k] * b[k] : b[k]) - product[k];
      residual[k] = value;
      search[0].row(y)[i] = value;
      x[k] = start.row(y)[i];
    }
  for (int s = 0; s < steps; ++s) {
    const T a = alpha[s * stride], c = beta[s * stride];
    const bool last = s + 1 == steps;
    if (!last) A.apply(search[s], product.data());
    for (int y = 0; y < H; ++y) {
      const T* __restrict p = search[s].row(y);
      T* __restrict xr = x + y * W;
#pragma omp simd
      for (int i = 0; i < W; ++i) xr[i] += a * p[i];
      if (last) continue;
      T* __restrict r = residual.data() + y * W;
      const T* __restrict q = product.data() + y * W;
      T* __restrict next = search[s + 1].row(y);
#pragma omp simd
      for (int i = 0; i < W; ++i) {
        r[i] -= a * q[i];
        next[i] = r[i] + c * p[i];
      }
    }
  }
}

// grad_w and grad_d += factor * d(u' A v)/dw and /d diagonal.
template <typename T>
void system_gradient(
    const Plane<T>& u, const Plane<T>& v, T factor, T* grad_w, T* grad_d, int H, int W) {
  for (int y = 0; y < H; ++y) {
    const T* __restrict ur = u.row(y);
    const T* __restrict vr = v.row(y);
    if (grad_d) {
      T* __restrict g = grad_d + y * W;
#pragma omp simd
      for (int x = 0; x < W; ++x) g[x] += factor * ur[x] * vr[x];
    }
    for (int e = 0; e < 4; ++e) {
      const T* __restrict un = u.row(y + kRow[e]) + kColumn[e];
      const T* __restrict vn = v.row(y + kRow[e]) + kColumn[e];
      T* __restrict g = grad_w + (e * H + y) * W;
#pragma omp simd
      for (int x = 0; x < W; ++x) g[x] += factor * (ur[x] - un[x]) * (vr[x] - vn[x]);
    }
  }
}

// Gradients of alpha and beta of one step and the adjoint of its p_k; sums are kept per column, so
// that the loop vectorises without a reduction.
template <typename T>
void reverse_step(const Plane<T>& search,
                  const T* product,
                  const T* grad_x,
                  T a,
                  T c,
                  T* pbar,
                  std::vector<T>& columns,
                  T& grad_alpha,
                  T& grad_beta) {
  const int H = search.H, W = search.W;
  std::fill(columns.begin(), columns.end(), T(0));
  T* __restrict dot_alpha = columns.data();
  T* __restrict dot_beta = columns.data() + W;
  for (int y = 0; y < H; ++y) {
    const T* __restrict p = search.row(y);
    const T* __restrict q = product + y * W;
    const T* __restrict g = grad_x + y * W;
    T* __restrict pb = pbar + y * W;
#pragma omp simd
    for (int x = 0; x < W; ++x) {
      dot_beta[x] += pb[x] * p[x];
      dot_alpha[x] += (g[x] - q[x]) * p[x];
      pb[x] = c * pb[x] + a * (g[x] - q[x]);
    }
  }
  grad_alpha += std::accumulate(dot_alpha, dot_alpha + W, T(0));
  grad_beta += std::accumulate(dot_beta, dot_beta + W, T(0));
}

// Reverse mode through cg_forward_plane; adjoints of p_k in `pbar`, of r_k in `rbar`.
template <typename T>
void cg_backward_plane(const System<T>& A,
                       const T* grad_x,
                       const T* alpha,
                       const T* beta,
                       int stride,
                       int steps,
                       const Plane<T>& start,
                       const std::vector<Plane<T>>& search,
                       Plane<T>& rbar,
                       std::vector<T>& pbar,
                       std::vector<T>& product,
                       T* grad_w,
                       T* grad_d,
                       T* grad_b,
                       T* grad_x0,
                       T* grad_alpha,
                       T* grad_beta) {
  const int H = A.H, W = A.W;
  std::vector<T> columns(2 * W);
  std::fill(pbar.begin(), pbar.end(), T(0));
  rbar.clear();
#pragma omp simd
  for (int k = 0; k < H * W; ++k) grad_x0[k] = A.free ? A.free[k] * grad_x[k] : grad_x[k];
  for (int s = steps; s-- > 0;) {
    const T a = alpha[s * stride], c = beta[s * stride];
    if (s + 1 < steps) {
      rbar.add(pbar.data());
      A.apply(rbar, product.data());
      system_gradient(rbar, search[s], -a, grad_w, grad_d, H, W);
    } else {
      std::fill(product.begin(), product.end(), T(0));
    }
    reverse_step(search[s], product.data(), grad_x0, a, c, pbar.data(), columns, grad_alpha[s],
                 grad_beta[s]);
  }
  rbar.add(pbar.data());
  A.apply(rbar, product.data());
  system_gradient(rbar, start, T(-1), grad_w, grad_d, H, W);
  rbar.store(grad_b);
#pragma omp simd
  for (int k = 0; k < H * W; ++k) grad_x0[k] -= product[k];
}

}  // namespace

#include "fused_bindings.h"
