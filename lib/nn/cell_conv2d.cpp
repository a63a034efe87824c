// SPDX-License-Identifier: MIT
#include "nn/cell_conv2d.h"

#include <algorithm>
#include <vector>

#include "base/assertion.h"
#include "base/machine/kernel_clones.h"
#include "base/rounding.h"
#include "base/threads/threads_inside.h"
#include "nn/feature_map_impl.h"

namespace tessera::nn {
namespace {

constexpr int kPlaces = 4;  // of a 2x2 cell, row by row

/// Rows (out) of columns [place][in, padded] of the pointwise convolution.
std::vector<float> strided_weights(int in, int out, std::span<const float> weights) {
  TESSERA_ASSERT(weights.size() == static_cast<std::size_t>(out) * in * kPlaces);
  const int padded = padded_channels(in);
  std::vector<float> rows(static_cast<std::size_t>(out) * kPlaces * padded, 0.0F);
  for (int o = 0; o < out; ++o)
    for (int c = 0; c < in; ++c)
      for (int place = 0; place < kPlaces; ++place)
        rows[(static_cast<std::size_t>(o) * kPlaces + place) * padded + c] =
            weights[(static_cast<std::size_t>(o) * in + c) * kPlaces + place];
  return rows;
}

/// Rows [place][out, padded] of columns (in).
std::vector<float> transposed_weights(int in, int out, std::span<const float> weights) {
  TESSERA_ASSERT(weights.size() == static_cast<std::size_t>(in) * out * kPlaces);
  const int padded = padded_channels(out);
  std::vector<float> rows(static_cast<std::size_t>(kPlaces) * padded * in, 0.0F);
  for (int c = 0; c < in; ++c)
    for (int o = 0; o < out; ++o)
      for (int place = 0; place < kPlaces; ++place)
        rows[(static_cast<std::size_t>(place) * padded + o) * in + c] =
            weights[(static_cast<std::size_t>(c) * out + o) * kPlaces + place];
  return rows;
}

std::vector<float> transposed_bias(int out, std::span<const float> bias) {
  TESSERA_ASSERT(static_cast<int>(bias.size()) == out);
  const int padded = padded_channels(out);
  std::vector<float> rows(static_cast<std::size_t>(kPlaces) * padded, 0.0F);
  for (int place = 0; place < kPlaces; ++place)
    for (int o = 0; o < out; ++o) rows[static_cast<std::size_t>(place) * padded + o] = bias[o];
  return rows;
}

/// Cells that a thread works on at a time: with what is made of them they stay in a second-level
/// cache of 1 MiB. On whole maps oneDNN's pointwise convolution takes 1.3 to 1.6 times as long (by
/// a program that was not kept; AMD EPYC, AVX-512).
constexpr std::size_t kBandBytes = std::size_t{1} << 19;

/// Calls work(first, rows) for bands of rows of a map, each on one of the threads inside.
template <typename Work>
void for_each_band(int height, std::size_t row_bytes, const Work& work) {
  const auto most = static_cast<int>(std::max(kBandBytes / row_bytes, std::size_t{1}));
  const int wanted = base::rounded_up((height + most - 1) / most, base::threads_inside());
  const int rows = (height + wanted - 1) / wanted;
  base::for_each_inside((height + rows - 1) / rows, [&](int band) {
    const base::ThreadsInsideScope one(1);
    work(band * rows, std::min(rows, height - band * rows));
  });
}

/// Rows of `width` blocks of channels each: row y of block b is where at(b, y) says.
struct BlockedRows {
  explicit BlockedRows(const FeatureMap& map, int first_row = 0)
      : values(static_cast<float*>(map.impl().buffer.data())),
        shape(map.shape()),
        first(first_row) {
    TESSERA_ASSERT(map.impl().format == kBlockedF32);
  }
  float* at(int block, int y) const {
    const std::size_t row = static_cast<std::size_t>(block) * shape.height + first + y;
    return values + row * row_floats();
  }
  int blocks() const { return padded_channels(shape.channels) / channel_block(); }
  std::size_t row_floats() const { return static_cast<std::size_t>(shape.width) * channel_block(); }

  float* values;
  Shape shape;
  int first;
};

/// Copies `rows` rows of all channels.
void copy_rows(const BlockedRows& from, const BlockedRows& to, int rows) {
  for (int b = 0; b < from.blocks(); ++b)
    std::copy_n(from.at(b, 0), rows * from.row_floats(), to.at(b, 0));
}

/// Calls move(cell, pixel) for each number of a row of cells at one place, and of the row of pixels
/// that has every second pixel from there.
template <int block, typename Move>
[[gnu::always_inline]] inline void for_each_number(float* cell,
                                                   float* pixel,
                                                   int count,
                                                   const Move& move) {
  for (int x = 0; x < count; ++x, cell += block, pixel += 2 * block)
    for (int k = 0; k < block; ++k) move(cell[k], pixel[k]);
}

TESSERA_KERNEL_CLONES void gather_row(float* cells, float* pixels, int count, int block) {
  const auto copy = [](float& cell, const float& pixel) { cell = pixel; };
  block == 16 ? for_each_number<16>(cells, pixels, count, copy)
              : for_each_number<8>(cells, pixels, count, copy);
}

TESSERA_KERNEL_CLONES void add_row(float* cells, float* pixels, int count, int block) {
  const auto add = [](const float& cell, float& pixel) { pixel += cell; };
  block == 16 ? for_each_number<16>(cells, pixels, count, add)
              : for_each_number<8>(cells, pixels, count, add);
}

/// Calls move for all rows of cells, each with the row of pixels that it lies in.
/// Shapes  cells (4 padded channels, H, W), pixels (channels, at least 2H rows, 2W).
void for_each_row(const BlockedRows& cells,
                  const BlockedRows& pixels,
                  void (*move)(float* cells, float* pixels, int count, int block)) {
  const int block = channel_block(), blocks = pixels.blocks();
  TESSERA_ASSERT(cells.blocks() == kPlaces * blocks && pixels.shape.width == 2 * cells.shape.width);
  for (int b = 0; b < blocks; ++b)
    for (int y = 0; y < cells.shape.height; ++y)
      for (int place = 0; place < kPlaces; ++place)
        move(cells.at(place * blocks + b, y), pixels.at(b, 2 * y + place / 2) + place % 2 * block,
             cells.shape.width, block);
}

}  // namespace

StridedConv2d::StridedConv2d(int in_channels,
                             int out_channels,
                             std::span<const float> weights,
                             std::span<const float> bias)
    : in_channels_(in_channels),
      pointwise_({.in_channels = kPlaces * padded_channels(in_channels),
                  .out_channels = out_channels,
                  .kernel = 1},
                 strided_weights(in_channels, out_channels, weights),
                 bias) {}

void StridedConv2d::forward(const FeatureMap& in, FeatureMap& out) const {
  const Shape shape = in.shape();
  TESSERA_ASSERT(shape.channels == in_channels_ && shape.height % 2 == 0 && shape.width % 2 == 0);
  if (in.impl().format != kBlockedF32) return forward(blocked_copy(in.impl()), out);
  const ConvSpec& spec = pointwise_.spec();
  const int height = shape.height / 2, width = shape.width / 2;
  out.impl().reset({spec.out_channels, height, width}, kBlockedF32);
  for_each_band(height, sizeof(float) * spec.in_channels * width, [&](int first, int rows) {
    FeatureMap cells, made;
    cells.impl().reset({spec.in_channels, rows, width}, kBlockedF32);
    for_each_row(BlockedRows(cells), BlockedRows(in, 2 * first), gather_row);
    pointwise_.forward(cells, made);
    copy_rows(BlockedRows(made), BlockedRows(out, first), rows);
  });
}

TransposedConv2d::TransposedConv2d(int in_channels,
                                   int out_channels,
                                   std::span<const float> weights,
                                   std::span<const float> bias)
    : out_channels_(out_channels),
      pointwise_({.in_channels = in_channels,
                  .out_channels = kPlaces * padded_channels(out_channels),
                  .kernel = 1},
                 transposed_weights(in_channels, out_channels, weights),
                 transposed_bias(out_channels, bias)) {}

void TransposedConv2d::add_to(const FeatureMap& in, FeatureMap& sum) const {
  TESSERA_ASSERT(sum.shape().channels == out_channels_);
  if (sum.impl().format != kBlockedF32) sum = blocked_copy(sum.impl());
  if (in.impl().format != kBlockedF32) return add_to(blocked_copy(in.impl()), sum);
  const ConvSpec& spec = pointwise_.spec();
  const Shape shape = in.shape();
  TESSERA_ASSERT(sum.shape().height == 2 * shape.height);
  for_each_band(shape.height, sizeof(float) * spec.out_channels * shape.width,
                [&](int first, int rows) {
                  FeatureMap part, cells;
                  part.impl().reset({shape.channels, rows, shape.width}, kBlockedF32);
                  copy_rows(BlockedRows(in, first), BlockedRows(part), rows);
                  pointwise_.forward(part, cells);
                  for_each_row(BlockedRows(cells), BlockedRows(sum, 2 * first), add_row);
                });
}

void SubPixelConv2d::forward(const FeatureMap& in, TensorView<float> planes) const {
  if (in.impl().format != kBlockedF32) return forward(blocked_copy(in.impl()), planes);
  const Shape shape = in.shape();
  TESSERA_ASSERT(planes.height() == 2 * shape.height);
  const auto row_bytes = sizeof(float) * pointwise_.spec().in_channels * shape.width;
  for_each_band(shape.height, row_bytes, [&](int first, int rows) {
    FeatureMap part, cells;
    part.impl().reset({shape.channels, rows, shape.width}, kBlockedF32);
    copy_rows(BlockedRows(in, first), BlockedRows(part), rows);
    pointwise_.forward(part, cells);
    cells.copy_cells_to(planes, 2 * first);
  });
}

}  // namespace tessera::nn
