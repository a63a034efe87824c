// SPDX-License-Identifier: MIT
// Planes with a border of one zero pixel, and the Laplacian of one row of such a plane.
#pragma once

#include <algorithm>
#include <vector>

constexpr int kRow[4] = {0, 1, 1, 1};
constexpr int kColumn[4] = {1, -1, 0, 1};
constexpr double kMaxDistance = 11.5;

// Rows, first and last column of the pixels i whose edge e stays inside; distance from i to j.
inline int rows(int e, int H) { return H - kRow[e]; }
inline int first_column(int e) { return std::max(0, -kColumn[e]); }
inline int last_column(int e, int W) { return W - std::max(0, kColumn[e]); }
inline int step(int e, int W) { return kRow[e] * W + kColumn[e]; }

template <typename T>
struct Plane {
  int H, W;
  std::vector<T> data;

  Plane(int height, int width) : H(height), W(width), data((height + 2) * (width + 2), T(0)) {}
  T* row(int y) { return data.data() + (y + 1) * (W + 2) + 1; }
  const T* row(int y) const { return data.data() + (y + 1) * (W + 2) + 1; }
  void clear() { std::fill(data.begin(), data.end(), T(0)); }
  void load(const T* source, const T* mask) {
    for (int y = 0; y < H; ++y)
#pragma omp simd
      for (int x = 0; x < W; ++x)
        row(y)[x] = mask ? source[y * W + x] * mask[y * W + x] : source[y * W + x];
  }
  void add(const T* source) {
    for (int y = 0; y < H; ++y) {
      T* __restrict out = row(y);
#pragma omp simd
      for (int x = 0; x < W; ++x) out[x] += source[y * W + x];
    }
  }
  void store(T* target) const {
    for (int y = 0; y < H; ++y) std::copy(row(y), row(y) + W, target + y * W);
  }
};

// Four planes of forward weights and the sum of all (up to eight) weights at each pixel.
template <typename T>
struct WeightPlanes {
  std::vector<Plane<T>> edge;
  Plane<T> sum;

  WeightPlanes(int H, int W) : edge(4, Plane<T>(H, W)), sum(H, W) {}
  void load(const T* weights) {
    const int H = sum.H, W = sum.W;
    sum.clear();
    for (int e = 0; e < 4; ++e) {
      edge[e].load(weights + e * H * W, nullptr);
      for (int y = 0; y < rows(e, H); ++y) {
        const T* w = edge[e].row(y);
        T* si = sum.row(y);
        T* sj = sum.row(y + kRow[e]) + kColumn[e];
#pragma omp simd
        for (int x = first_column(e); x < last_column(e, W); ++x) si[x] += w[x];
#pragma omp simd
        for (int x = first_column(e); x < last_column(e, W); ++x) sj[x] += w[x];
      }
    }
  }
};

// out = diagonal .* p + L p on row y.
template <typename T>
inline void laplacian_row(const WeightPlanes<T>& w,
                          const Plane<T>& p,
                          const T* __restrict diagonal,
                          int y,
                          T* __restrict out) {
  const T* __restrict sum = w.sum.row(y);
  const T* __restrict w0 = w.edge[0].row(y);
  const T* __restrict w1 = w.edge[1].row(y);
  const T* __restrict w2 = w.edge[2].row(y);
  const T* __restrict w3 = w.edge[3].row(y);
  const T* __restrict u1 = w.edge[1].row(y - 1);
  const T* __restrict u2 = w.edge[2].row(y - 1);
  const T* __restrict u3 = w.edge[3].row(y - 1);
  const T* __restrict above = p.row(y - 1);
  const T* __restrict here = p.row(y);
  const T* __restrict below = p.row(y + 1);
#pragma omp simd
  for (int x = 0; x < p.W; ++x)
    out[x] = (sum[x] + diagonal[x]) * here[x] - w0[x] * here[x + 1] - w0[x - 1] * here[x - 1] -
             w1[x] * below[x - 1] - w2[x] * below[x] - w3[x] * below[x + 1] -
             u1[x + 1] * above[x + 1] - u2[x] * above[x] - u3[x - 1] * above[x - 1];
}
