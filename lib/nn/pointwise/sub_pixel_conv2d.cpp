// SPDX-License-Identifier: MIT
#include "nn/pointwise/sub_pixel_conv2d.h"

#include "base/assertion.h"
#include "nn/feature_map_impl.h"
#include "nn/pointwise/blocked_rows.h"

namespace tessera::nn {

SubPixelConv2d::SubPixelConv2d(int in_channels,
                               int planes,
                               std::span<const float> weights,
                               std::span<const float> bias)
    : in_channels_(in_channels),
      planes_(planes),
      matrix_(kCellPixels * planes, padded_columns(in_channels, weights), bias) {}

SubPixelConv2d::Rows::Rows(const SubPixelConv2d& conv, const FeatureMap& map)
    : conv_(conv),
      copy_(map.impl().format == kBlockedF32 ? FeatureMap() : blocked_copy(map.impl())),
      map_(map.impl().format == kBlockedF32 ? map : copy_),
      parts_(BlockedRows(map_.impl()).block_offsets()) {
  TESSERA_ASSERT(map.shape().channels == conv.in_channels_);
}

std::size_t SubPixelConv2d::Rows::scratch_for(int pixels) const {
  return static_cast<std::size_t>(padded_channels(kCellPixels * conv_.planes_)) * pixels;
}

void SubPixelConv2d::Rows::make(
    int y, int first, int last, const RowPair& rows, float* scratch) const {
  const BlockedRows from(map_.impl());
  const int block = channel_block(), pixels = last - first;
  const std::ptrdiff_t block_step = static_cast<std::ptrdiff_t>(pixels) * block;
  conv_.matrix_.multiply({.pixels = pixels,
                          .in = from.at(y, first),
                          .part_offsets = parts_.data(),
                          .out = scratch,
                          .out_block = block_step,
                          .in_step = block,
                          .out_step = block});
  for (int plane = 0; plane < conv_.planes_; ++plane) {
    const int channel = kCellPixels * plane;
    split_cells(scratch + channel / block * block_step + channel % block, block, pixels,
                rows.upper + plane * rows.stride, rows.lower + plane * rows.stride);
  }
}

}  // namespace tessera::nn
