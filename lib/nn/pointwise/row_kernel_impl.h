// SPDX-License-Identifier: MIT
// The kernel of pointwise products, written once for vectors of any width. Each source that
// includes this is compiled for one instruction set: everything here has internal linkage.
#pragma once

#include "nn/pointwise/row_kernel.h"
#include "nn/vectors/vectors.h"

namespace tessera::nn::pointwise {
namespace {

/// What a group of output blocks is computed from and where it goes.
struct Group {
  const float *weights, *bias;
  std::ptrdiff_t out;  ///< of its first block, from a pixel's place on
};

/// Writes one block of one pixel: the activation, and what is added to it.
template <typename Isa>
[[gnu::always_inline]] inline void finish(const Matrix& matrix,
                                          const Row& row,
                                          std::ptrdiff_t place,
                                          typename Isa::Vector sum) {
  using Vector = typename Isa::Vector;
  if (matrix.rectifies) sum = sum > 0.0F ? sum : matrix.slope * sum;
  if (row.added != nullptr) sum += at<Vector>(row.added + place);
  at<Vector>(row.out + place) = sum;
}

/// kRows pixels from `first` on, fewer at the row's end, and `Width` output blocks.
template <typename Isa, int Width>
void multiply_pixels(const Matrix& matrix, const Row& row, const Group& group, int first) {
  using Vector = typename Isa::Vector;
  constexpr int block = kLanes<Isa>, rows = Isa::kRows;
  const int count = smaller(rows, row.pixels - first);
  const float* pixels[rows];
  std::ptrdiff_t places[rows];
  for (int r = 0; r < rows; ++r) {
    const std::ptrdiff_t pixel = first + smaller(r, count - 1);
    pixels[r] = row.in + pixel * row.in_step;
    places[r] = pixel * row.out_step + group.out;
  }
  // What the sums are added to comes from memory while they are computed.
  if (row.added != nullptr)
    for (int r = 0; r < rows; ++r)
      for (int n = 0; n < Width; ++n) __builtin_prefetch(row.added + places[r] + n * row.out_block);

  Vector sum[rows][Width];
  for (int r = 0; r < rows; ++r)
    for (int n = 0; n < Width; ++n) sum[r][n] = at<Vector>(group.bias + n * block);
  const float* weights = group.weights;
  for (int part = 0; part < matrix.parts; ++part) {
    const std::ptrdiff_t offset = row.part_offsets[part];
    for (int r = 0; r < rows; ++r)
      __builtin_prefetch(pixels[r] + offset + static_cast<std::ptrdiff_t>(rows) * row.in_step);
    for (int c = 0; c < block; ++c, weights += Width * block)
      add_products<Isa, Width>(
          weights, [&](int r) [[gnu::always_inline]] { return pixels[r][offset + c]; }, sum);
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int n = 0; n < Width; ++n)
      if (r < count) finish<Isa>(matrix, row, places[r] + n * row.out_block, sum[r][n]);
}

template <typename Isa>
void multiply(const Matrix& matrix, const Row& row) {
  constexpr int block = kLanes<Isa>;
  Group group{matrix.weights, matrix.bias, 0};
  for (int left = matrix.out_blocks; left > 0;) {
    const int width = group_width(left, Isa::kMaxGroup);
    const auto all_pixels = [&](auto multiply_some) {
      for (int first = 0; first < row.pixels; first += Isa::kRows)
        multiply_some(matrix, row, group, first);
    };
    if (width == 1) all_pixels(multiply_pixels<Isa, 1>);
    if constexpr (Isa::kMaxGroup > 1)
      if (width == 2) all_pixels(multiply_pixels<Isa, 2>);
    if constexpr (Isa::kMaxGroup > 2)
      if (width == 3) all_pixels(multiply_pixels<Isa, 3>);
    group.weights += static_cast<std::ptrdiff_t>(matrix.parts) * block * width * block;
    group.bias += width * block;
    group.out += width * row.out_block;
    left -= width;
  }
}

template <typename Isa>
constexpr RowKernel row_kernel(const char* name) {
  return {name, kLanes<Isa>, Isa::kMaxGroup, multiply<Isa>};
}

}  // namespace
}  // namespace tessera::nn::pointwise
