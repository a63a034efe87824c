// SPDX-License-Identifier: MIT
#include "nn/cell_conv2d.h"

#include <vector>

#include "base/assertion.h"
#include "base/kernel_clones.h"
#include "base/threads_inside.h"
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

/// A map of few planes that were assigned lies plane by plane.
bool is_planar(const FeatureMap& map) { return map.impl().format.layout == Layout::Planar; }

FeatureMap blocked_copy(const FeatureMap& map) {
  FeatureMap blocked;
  blocked.impl().reset(map.shape(), {Layout::Blocked, map.impl().format.type});
  blocked.impl().take(map.impl());
  return blocked;
}

/// One row of a map of cells, and the two rows of pixels that it is made of: `block` channels of
/// them. The places of a cell lie `place_stride` apart.
struct CellRow {
  float* cells;
  std::size_t place_stride;
  float* pixels;
  std::size_t pixel_row;
  int count;
};

/// Calls move(cell, pixel) for each place of each cell, `block` numbers at a time.
template <int block, typename Move>
[[gnu::always_inline]] inline void for_each_place(const CellRow& row, const Move& move) {
  for (int place = 0; place < kPlaces; ++place) {
    float* cell = row.cells + place * row.place_stride;
    float* pixel = row.pixels + place / 2 * row.pixel_row + place % 2 * block;
    for (int x = 0; x < row.count; ++x, cell += block, pixel += 2 * block)
      for (int k = 0; k < block; ++k) move(cell[k], pixel[k]);
  }
}

TESSERA_KERNEL_CLONES void gather_row(int block, const CellRow& row) {
  const auto copy = [](float& cell, const float& pixel) { cell = pixel; };
  block == 16 ? for_each_place<16>(row, copy) : for_each_place<8>(row, copy);
}

TESSERA_KERNEL_CLONES void add_row(int block, const CellRow& row) {
  const auto add = [](const float& cell, float& pixel) { pixel += cell; };
  block == 16 ? for_each_place<16>(row, add) : for_each_place<8>(row, add);
}

/// Calls move(block, row) for all rows of cells of all blocks of channels.
/// Shapes  cells (4 padded channels, H, W), pixels (channels, 2H, 2W), both blocked.
void for_each_row(const FeatureMap::Impl& cells,
                  const FeatureMap::Impl& pixels,
                  void (*move)(int block, const CellRow& row)) {
  const Shape small = cells.shape, large = pixels.shape;
  TESSERA_ASSERT(large.height == 2 * small.height && large.width == 2 * small.width);
  TESSERA_ASSERT(pixels.format == (MapFormat{Layout::Blocked, dnnl::memory::data_type::f32}));
  const int block = channel_block(), blocks = padded_channels(large.channels) / block;
  const std::size_t cell_block = small.plane() * block, pixel_block = large.plane() * block;
  const auto row_of_cells = static_cast<std::size_t>(small.width) * block;
  base::for_each_inside(blocks * small.height, [&](int row) {
    const int b = row / small.height, y = row % small.height;
    move(block,
         {.cells = static_cast<float*>(cells.buffer.data()) + b * cell_block + y * row_of_cells,
          .place_stride = blocks * cell_block,
          .pixels =
              static_cast<float*>(pixels.buffer.data()) + b * pixel_block + y * 4 * row_of_cells,
          .pixel_row = 2 * row_of_cells,
          .count = small.width});
  });
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
  if (is_planar(in)) return forward(blocked_copy(in), out);
  FeatureMap cells;
  cells.impl().reset({pointwise_.spec().in_channels, shape.height / 2, shape.width / 2},
                     {Layout::Blocked, dnnl::memory::data_type::f32});
  for_each_row(cells.impl(), in.impl(), gather_row);
  pointwise_.forward(cells, out);
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
  FeatureMap cells;
  pointwise_.forward(in, cells);
  if (is_planar(sum)) sum = blocked_copy(sum);
  for_each_row(cells.impl(), sum.impl(), add_row);
}

}  // namespace tessera::nn
