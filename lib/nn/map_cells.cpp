// SPDX-License-Identifier: MIT
// Cells of 2x2 pixels on the way between planes and the layout of the convolutions, in one pass.
#include <algorithm>
#include <cstring>

#include "base/assertion.h"
#include "base/threads/threads_inside.h"
#include "nn/cell_rows.h"
#include "nn/feature_map_impl.h"

namespace tessera::nn {
namespace {

/// The two pixels of a cell that lie side by side.
constexpr int kPair = 2;
/// Cells of a row whose blocks of channels stay in the first-level cache for all planes.
constexpr int kRun = 128;

void move_pair(const float* from, float* to) { std::memcpy(to, from, kPair * sizeof(float)); }

/// The inverse of split_cells.
void join_cells(const float* upper, const float* lower, int pixels, int step, float* cells) {
  for (int i = 0; i < pixels; ++i, cells += step) {
    move_pair(upper + kPair * i, cells);
    move_pair(lower + kPair * i, cells + kPair);
  }
}

/// The first number of a channel of pixel (y, x) of a blocked map.
float* number_at(const FeatureMap::Impl& map, int channel, int y, int x) {
  const int block = channel_block();
  const std::size_t row = static_cast<std::size_t>(channel / block) * map.shape.height + y;
  return static_cast<float*>(map.buffer.data()) + (row * map.shape.width + x) * block +
         channel % block;
}

/// The cells of `planes` to the channels from `first` on.
void take_cells(const FeatureMap::Impl& map, int first, TensorView<const float> planes) {
  const int width = map.shape.width;
  base::for_each_inside(map.shape.height, [&](int y) {
    for (int begin = 0; begin < width; begin += kRun)
      for (int c = 0; c < planes.channels(); ++c)
        join_cells(planes.row(c, 2 * y) + kPair * begin, planes.row(c, 2 * y + 1) + kPair * begin,
                   std::min(kRun, width - begin), channel_block(),
                   number_at(map, first + kCellPixels * c, y, begin));
  });
}

/// Zeros in what a blocked map has beyond its channels.
void clear_padding(const FeatureMap::Impl& map) {
  const int block = channel_block(), used = map.shape.channels % block;
  if (used == 0) return;
  auto* const values = static_cast<float*>(map.buffer.data());
  float* const last = values + map.shape.channels / block * map.shape.plane() * block;
  base::for_each_inside(map.shape.height, [&](int y) {
    float* cell = last + static_cast<std::size_t>(y) * map.shape.width * block;
    for (int x = 0; x < map.shape.width; ++x, cell += block)
      std::fill(cell + used, cell + block, 0.0F);
  });
}

}  // namespace

void split_cells(const float* cells, int step, int pixels, float* upper, float* lower) {
  using Cell = float __attribute__((vector_size(kCellPixels * sizeof(float))));
  const auto cell_at = [&](int i) {
    Cell cell;
    std::memcpy(&cell, cells + static_cast<std::ptrdiff_t>(i) * step, sizeof cell);
    return cell;
  };
  int i = 0;
  for (; i + 2 <= pixels; i += 2) {
    const Cell left = cell_at(i), right = cell_at(i + 1);
    const Cell above = __builtin_shufflevector(left, right, 0, 1, 4, 5);
    const Cell below = __builtin_shufflevector(left, right, 2, 3, 6, 7);
    std::memcpy(upper + kPair * i, &above, sizeof above);
    std::memcpy(lower + kPair * i, &below, sizeof below);
  }
  if (i == pixels) return;
  move_pair(cells + static_cast<std::ptrdiff_t>(i) * step, upper + kPair * i);
  move_pair(cells + static_cast<std::ptrdiff_t>(i) * step + kPair, lower + kPair * i);
}

CellRows::CellRows(const FeatureMap& map)
    : copy_(map.impl().format == kBlockedF32 ? FeatureMap() : blocked_copy(map.impl())),
      map_(map.impl().format == kBlockedF32 ? map : copy_) {
  TESSERA_ASSERT(map.shape().channels % kCellPixels == 0);
}

int CellRows::planes() const { return map_.shape().channels / kCellPixels; }

void CellRows::copy(int y, int first, int last, const RowPair& rows) const {
  for (int begin = first; begin < last; begin += kRun)
    for (int c = 0; c < planes(); ++c) {
      const std::ptrdiff_t at = c * rows.stride + kPair * (begin - first);
      split_cells(number_at(map_.impl(), kCellPixels * c, y, begin), channel_block(),
                  std::min(kRun, last - begin), rows.upper + at, rows.lower + at);
    }
}

void FeatureMap::assign_cells(TensorView<const float> planes, TensorView<const float> more) {
  TESSERA_ASSERT(planes.height() % 2 == 0 && planes.width() % 2 == 0);
  TESSERA_ASSERT(more.empty() || more.shape().plane() == planes.shape().plane());
  const int channels = kCellPixels * planes.channels(), others = kCellPixels * more.channels();
  const MapFormat format = assigned_format(channels + others);
  impl_->reset({channels + others, planes.height() / 2, planes.width() / 2}, format);
  if (format.layout == Layout::Planar) {
    const TensorView<float> cells(static_cast<float*>(impl_->buffer.data()), impl_->shape);
    pixel_unshuffle2(planes, cells.channels(0, channels));
    if (!more.empty()) pixel_unshuffle2(more, cells.channels(channels, others));
    return;
  }
  take_cells(*impl_, 0, planes);
  if (!more.empty()) take_cells(*impl_, channels, more);
  clear_padding(*impl_);
}

void FeatureMap::copy_cells_to(TensorView<float> planes) const {
  TESSERA_ASSERT(shape().channels == kCellPixels * planes.channels());
  TESSERA_ASSERT(planes.height() == 2 * shape().height && planes.width() == 2 * shape().width);
  if (impl_->format.layout == Layout::Planar)
    return pixel_shuffle2({static_cast<const float*>(impl_->buffer.data()), shape()}, planes);
  const CellRows cells(*this);
  const auto plane = static_cast<std::ptrdiff_t>(planes.shape().plane());
  base::for_each_inside(shape().height, [&](int y) {
    cells.copy(y, 0, shape().width, {planes.row(0, 2 * y), planes.row(0, 2 * y + 1), plane});
  });
}

}  // namespace tessera::nn
