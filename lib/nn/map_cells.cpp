// SPDX-License-Identifier: MIT
// Cells of 2x2 pixels on the way between planes and the layout of the convolutions, in one pass.
#include <algorithm>
#include <cstring>

#include "base/assertion.h"
#include "base/threads/threads_inside.h"
#include "nn/feature_map_impl.h"

namespace tessera::nn {
namespace {

/// Channels that a plane becomes: its cells, row by row.
constexpr int kPlaces = 4;
/// The two pixels of a cell that lie side by side.
constexpr int kPair = 2;
/// Cells of a row whose blocks of channels stay in the first-level cache for all planes.
constexpr int kRun = 128;

void move_pair(const float* from, float* to) { std::memcpy(to, from, kPair * sizeof(float)); }

/// Calls work(cell, upper, lower) for each cell of each plane: a cell's place in the map, and its
/// two pairs of pixels in the planes. The first plane is that of the map's channel `first`, and the
/// planes' rows begin at `first_row`.
template <typename T, typename Work>
void for_each_cell(
    const FeatureMap::Impl& map, int first, TensorView<T> planes, int first_row, const Work& work) {
  TESSERA_ASSERT(map.format == kBlockedF32 && planes.width() == 2 * map.shape.width);
  TESSERA_ASSERT(planes.height() >= first_row + 2 * map.shape.height);
  const int block = channel_block(), height = map.shape.height, width = map.shape.width;
  auto* const values = static_cast<float*>(map.buffer.data());
  base::for_each_inside(height, [&](int y) {
    for (int begin = 0; begin < width; begin += kRun) {
      const int end = std::min(begin + kRun, width);
      for (int c = 0; c < planes.channels(); ++c) {
        const int channel = first + kPlaces * c;
        const std::size_t row = static_cast<std::size_t>(channel / block) * height + y;
        float* const cells = values + row * width * block + channel % block;
        T *const upper = planes.row(c, first_row + 2 * y), *const lower = upper + planes.width();
        for (int x = begin; x < end; ++x)
          work(cells + static_cast<std::ptrdiff_t>(x) * block, upper + kPair * x,
               lower + kPair * x);
      }
    }
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

void FeatureMap::assign_cells(TensorView<const float> planes, TensorView<const float> more) {
  TESSERA_ASSERT(planes.height() % 2 == 0 && planes.width() % 2 == 0);
  TESSERA_ASSERT(more.empty() || more.shape().plane() == planes.shape().plane());
  const int channels = kPlaces * planes.channels(), others = kPlaces * more.channels();
  const MapFormat format = assigned_format(channels + others);
  impl_->reset({channels + others, planes.height() / 2, planes.width() / 2}, format);
  if (format.layout == Layout::Planar) {
    const TensorView<float> cells(static_cast<float*>(impl_->buffer.data()), impl_->shape);
    pixel_unshuffle2(planes, cells.channels(0, channels));
    if (!more.empty()) pixel_unshuffle2(more, cells.channels(channels, others));
    return;
  }
  const auto gather = [](float* cell, const float* upper, const float* lower) {
    move_pair(upper, cell);
    move_pair(lower, cell + kPair);
  };
  for_each_cell(*impl_, 0, planes, 0, gather);
  if (!more.empty()) for_each_cell(*impl_, channels, more, 0, gather);
  clear_padding(*impl_);
}

void FeatureMap::copy_cells_to(TensorView<float> planes, int first_row) const {
  TESSERA_ASSERT(shape().channels == kPlaces * planes.channels());
  if (impl_->format.layout == Layout::Planar) {
    TESSERA_ASSERT(first_row == 0);
    return pixel_shuffle2({static_cast<const float*>(impl_->buffer.data()), shape()}, planes);
  }
  for_each_cell(*impl_, 0, planes, first_row, [](const float* cell, float* upper, float* lower) {
    move_pair(cell, upper);
    move_pair(cell + kPair, lower);
  });
}

}  // namespace tessera::nn
