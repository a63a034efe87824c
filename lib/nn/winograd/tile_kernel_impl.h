// SPDX-License-Identifier: MIT
// The kernel of Winograd's tiles, written once for vectors of any width. Each source that includes
// this is compiled for one instruction set: everything here has internal linkage.
#pragma once

#include <immintrin.h>

#include "nn/vectors/vectors.h"
#include "nn/winograd/tile_kernel.h"

namespace tessera::nn::winograd {
namespace {

constexpr float kA = kPointA, kB = kPointB, kA2 = kA * kA, kB2 = kB * kB;

/// Tiles whose columns are transformed at a time: 34 columns stay in the first-level cache.
constexpr int kRun = 8;
constexpr int kLine = 64 / sizeof(float);  // floats of a cache line

/// Six inputs d along an axis -> the six numbers to multiply, B'd.
template <typename Vector>
[[gnu::always_inline]] inline void transform_inputs(const Vector (&d)[kWindow],
                                                    Vector (&t)[kWindow]) {
  const Vector even_a = d[4] - kB2 * d[2], odd_a = d[3] - kB2 * d[1];
  const Vector even_b = d[4] - kA2 * d[2], odd_b = d[3] - kA2 * d[1];
  t[0] = (d[4] + kA2 * kB2 * d[0]) - (kA2 + kB2) * d[2];
  t[1] = even_a + kA * odd_a;
  t[2] = even_a - kA * odd_a;
  t[3] = even_b + kB * odd_b;
  t[4] = even_b - kB * odd_b;
  t[5] = (d[5] + kA2 * kB2 * d[1]) - (kA2 + kB2) * d[3];
}

/// Six products m along an axis -> four outputs, A'm.
template <typename Vector>
[[gnu::always_inline]] inline void transform_products(const Vector (&m)[kWindow],
                                                      Vector (&y)[kTile]) {
  const Vector sum_a = m[1] + m[2], difference_a = m[1] - m[2];
  const Vector sum_b = m[3] + m[4], difference_b = m[3] - m[4];
  y[0] = m[0] + sum_a + sum_b;
  y[1] = kB * difference_b + kA * difference_a;
  y[2] = kB2 * sum_b + kA2 * sum_a;
  y[3] = (m[5] + kB2 * kB * difference_b) + kA2 * kA * difference_a;
}

/// Tiles of one row of tiles.
struct Run {
  int row = 0, column = 0, count = 0;
};

/// The first tiles of a range that lie in one row, at most kRun.
inline Run first_run(TileRange tiles, int along) {
  const int column = tiles.first % along;
  return {tiles.first / along, column, smaller(smaller(tiles.count, along - column), kRun)};
}

/// The windows' columns of a run, each transformed along y.
/// Shapes  plane (maps.in_rows, W, B), columns (4 run.count + 2, 6).
template <typename Isa>
void transform_columns(const Maps& maps,
                       const float* plane,
                       const Run& run,
                       typename Isa::Vector* columns) {
  using Vector = typename Isa::Vector;
  constexpr int block = kLanes<Isa>;
  const float* rows[kWindow] = {};  // null outside of the map
  for (int i = 0; i < kWindow; ++i) {
    const int y = run.row * kTile - 1 + i;
    if (y >= 0 && y < maps.height)
      rows[i] = plane + static_cast<std::size_t>(y % maps.in_rows) * maps.width * block;
  }
  const int first_column = run.column * kTile - 1;
  for (int k = 0; k < run.count * kTile + 2; ++k) {
    const int x = first_column + k;
    Vector d[kWindow] = {}, t[kWindow];
    if (x >= 0 && x < maps.width)
      for (int i = 0; i < kWindow; ++i)
        if (rows[i] != nullptr) d[i] = at<Vector>(rows[i] + static_cast<std::size_t>(x) * block);
    transform_inputs(d, t);
    for (int i = 0; i < kWindow; ++i) columns[k * kWindow + i] = t[i];
  }
}

/// The windows of a run, transformed along x as well, into the rows of its tiles.
template <typename Vector>
void store_inputs(const Vector* columns, int count, float* inputs, int row, std::size_t stride) {
  for (int tile = 0; tile < count; ++tile, columns += kTile * kWindow, inputs += row)
    for (int i = 0; i < kWindow; ++i) {
      Vector d[kWindow], t[kWindow];
      for (int j = 0; j < kWindow; ++j) d[j] = columns[j * kWindow + i];
      transform_inputs(d, t);
      for (int j = 0; j < kWindow; ++j) at<Vector>(inputs + (i * kWindow + j) * stride) = t[j];
    }
}

/// Fills matrices.inputs from the map.
template <typename Isa>
void gather(const Layer& layer, const Maps& maps, TileRange tiles, const TileMatrices& matrices) {
  constexpr int block = kLanes<Isa>;
  const int along = tiles_along(maps.width), row = layer.in_blocks * block;
  const std::size_t plane = static_cast<std::size_t>(maps.in_rows) * maps.width * block;
  typename Isa::Vector columns[(kRun * kTile + 2) * kWindow];
  float* inputs = matrices.inputs;
  for (TileRange rest = tiles; rest.count > 0;) {
    const Run run = first_run(rest, along);
    for (int b = 0; b < layer.in_blocks; ++b) {
      transform_columns<Isa>(maps, maps.in + b * plane, run, columns);
      store_inputs(columns, run.count, inputs + b * block, row, matrices.inputs_stride);
    }
    inputs += static_cast<std::size_t>(run.count) * row;
    rest = {rest.first + run.count, rest.count - run.count};
  }
}

/// sums = inputs weights for kRows tiles and `Width` output blocks.
/// Shapes  inputs (kRows, inner) at `inputs_row`, weights (inner, Width x B), sums at `sums_row`.
template <typename Isa, int Width>
void multiply(const float* inputs,
              int inputs_row,
              const float* weights,
              int inner,
              float* sums,
              int sums_row) {
  using Vector = typename Isa::Vector;
  constexpr int block = kLanes<Isa>, rows = Isa::kRows;
  Vector sum[rows][Width] = {};
  for (int c = 0; c < inner; ++c, weights += Width * block)
    add_products<Isa, Width>(
        weights, [&](int r) [[gnu::always_inline]] { return inputs[r * inputs_row + c]; }, sum);
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < Width; ++n) at<Vector>(sums + r * sums_row + n * block) = sum[r][n];
}

/// One of the 36 matrix products, for as many tiles as fill groups of kRows: the rows behind the
/// last tile are whatever was there and are never looked at.
template <typename Isa>
void multiply_all(const Layer& layer, int tiles, int product, const TileMatrices& matrices) {
  constexpr int block = kLanes<Isa>;
  const int inputs_row = layer.in_blocks * block, sums_row = layer.out_blocks * block;
  const float* const inputs = matrices.inputs + product * matrices.inputs_stride;
  float* sums = matrices.sums + product * matrices.sums_stride;
  const float* weights =
      layer.weights + static_cast<std::size_t>(product) * layer.in_channels * sums_row;
  for (int left = layer.out_blocks; left > 0;) {
    const int width = group_width(left, Isa::kMaxGroup);
    const auto rows_of = [&](auto multiply_rows) {
      for (int t = 0; t < tiles; t += Isa::kRows)
        multiply_rows(inputs + t * inputs_row, inputs_row, weights, layer.in_channels,
                      sums + t * sums_row, sums_row);
    };
    if (width == 1) rows_of(multiply<Isa, 1>);
    if (width == 2) rows_of(multiply<Isa, 2>);
    if constexpr (Isa::kMaxGroup > 2)
      if (width == 3) rows_of(multiply<Isa, 3>);
    weights += static_cast<std::size_t>(layer.in_channels) * width * block;
    sums += width * block;
    left -= width;
  }
}

/// Part `part` of so many of a range.
inline TileRange part_of(TileRange tiles, int part, int parts) {
  const int begin = tiles.count * part / parts, end = tiles.count * (part + 1) / parts;
  return {tiles.first + begin, end - begin};
}

/// Fetches a tile's four rows of four pixels into the second-level cache, in all blocks of a map
/// that holds so many rows, from `below` rows under the tile's first row on.
template <typename Isa>
void prefetch(
    const Maps& maps, const float* numbers, int rows, int blocks, TileRange tiles, int below) {
  constexpr int block = kLanes<Isa>;
  const int along = tiles_along(maps.width);
  for (int tile = tiles.first; tile < tiles.first + tiles.count; ++tile) {
    const int top = tile / along * kTile + below, left = tile % along * kTile;
    for (int b = 0; b < blocks; ++b)
      for (int y = top; y < smaller(top + kTile, maps.height); ++y) {
        const std::size_t row = static_cast<std::size_t>(b) * rows + y % rows;
        const float* const pixels = numbers + (row * maps.width + left) * block;
        for (int k = 0; k < kTile * block; k += kLine) __builtin_prefetch(pixels + k, 0, 2);
      }
  }
}

/// The outputs of one tile and block: bias, activation and residual, cut at the map's ends.
template <typename Isa>
[[gnu::always_inline]] inline void store_outputs(
    const Layer& layer,
    const Maps& maps,
    const typename Isa::Vector (&outputs)[kTile][kTile],
    std::size_t place,
    int rows,
    int columns) {
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      const std::size_t pixel =
          place + (static_cast<std::size_t>(i) * maps.width + j) * kLanes<Isa>;
      typename Isa::Vector y = outputs[i][j];
      if (layer.rectifies) y = y > 0.0F ? y : layer.slope * y;
      if (maps.residual != nullptr) y += at<typename Isa::Vector>(maps.residual + pixel);
      // What was just read is in the cache and stays there.
      if (maps.is_read_next || maps.residual == maps.out)
        at<typename Isa::Vector>(maps.out + pixel) = y;
      else
        Isa::store_past_caches(maps.out + pixel, y);
    }
}

/// Computes outputs from matrices.sums and writes them into the map.
template <typename Isa>
void scatter(const Layer& layer, const Maps& maps, TileRange tiles, const TileMatrices& matrices) {
  using Vector = typename Isa::Vector;
  constexpr int block = kLanes<Isa>;
  const int along = tiles_along(maps.width), row = layer.out_blocks * block;
  for (int b = 0; b < layer.out_blocks; ++b) {
    const Vector bias = at<Vector>(layer.bias + b * block);
    for (int tile = 0; tile < tiles.count; ++tile) {
      const int top = (tiles.first + tile) / along * kTile;
      const int left = (tiles.first + tile) % along * kTile;
      const float* const sums = matrices.sums + static_cast<std::size_t>(tile) * row + b * block;
      Vector along_y[kTile][kWindow], outputs[kTile][kTile];
      for (int j = 0; j < kWindow; ++j) {
        Vector m[kWindow], y[kTile];
        for (int i = 0; i < kWindow; ++i)
          m[i] = at<Vector>(sums + (i * kWindow + j) * matrices.sums_stride);
        transform_products(m, y);
        for (int i = 0; i < kTile; ++i) along_y[i][j] = y[i];
      }
      for (int i = 0; i < kTile; ++i) {
        transform_products(along_y[i], outputs[i]);
        for (int j = 0; j < kTile; ++j) outputs[i][j] += bias;
      }
      const std::size_t first = static_cast<std::size_t>(b) * maps.out_rows + top % maps.out_rows;
      store_outputs<Isa>(layer, maps, outputs, (first * maps.width + left) * block,
                         smaller(kTile, maps.height - top), smaller(kTile, maps.width - left));
    }
  }
}

template <typename Isa>
void convolve(const Layer& layer,
              const Maps& maps,
              TileRange now,
              TileRange next,
              const TileMatrices& matrices) {
  gather<Isa>(layer, maps, now, matrices);
  // The products leave the memory idle: meanwhile it brings what is read after them. Of its window
  // a tile shares the upper two rows with the tile above, the outer columns with those beside it.
  for (int product = 0; product < kProducts; ++product) {
    prefetch<Isa>(maps, maps.in, maps.in_rows, layer.in_blocks, part_of(next, product, kProducts),
                  1);
    if (maps.residual != nullptr || maps.is_read_next)
      prefetch<Isa>(maps, maps.is_read_next ? maps.out : maps.residual, maps.out_rows,
                    layer.out_blocks, part_of(now, product, kProducts), 0);
    multiply_all<Isa>(layer, now.count, product, matrices);
  }
  scatter<Isa>(layer, maps, now, matrices);
  _mm_sfence();  // what went past the caches is there before another thread is told that it is
}

template <typename Isa>
constexpr TileKernel tile_kernel(const char* name) {
  return {name, kLanes<Isa>, Isa::kRows, Isa::kMaxGroup, convolve<Isa>};
}

}  // namespace
}  // namespace tessera::nn::winograd
