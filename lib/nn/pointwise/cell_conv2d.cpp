// SPDX-License-Identifier: MIT
#include "nn/pointwise/cell_conv2d.h"

#include "base/assertion.h"
#include "nn/cell_rows.h"
#include "nn/feature_map_impl.h"
#include "nn/pointwise/blocked_rows.h"
#include "nn/pointwise/row_segments.h"

namespace tessera::nn {
namespace {

std::vector<float> strided_weights(int in, int out, std::span<const float> weights) {
  TESSERA_ASSERT(weights.size() == static_cast<std::size_t>(out) * in * kCellPixels);
  const int padded = padded_channels(in);
  std::vector<float> rows(static_cast<std::size_t>(out) * kCellPixels * padded, 0.0F);
  for (int o = 0; o < out; ++o)
    for (int c = 0; c < in; ++c)
      for (int place = 0; place < kCellPixels; ++place)
        rows[(static_cast<std::size_t>(o) * kCellPixels + place) * padded + c] =
            weights[(static_cast<std::size_t>(o) * in + c) * kCellPixels + place];
  return rows;
}

/// Rows (out) of columns (in, padded) of one place.
std::vector<float> transposed_weights(int in, int out, std::span<const float> weights, int place) {
  TESSERA_ASSERT(weights.size() == static_cast<std::size_t>(in) * out * kCellPixels);
  const int padded = padded_channels(in);
  std::vector<float> rows(static_cast<std::size_t>(out) * padded, 0.0F);
  for (int c = 0; c < in; ++c)
    for (int o = 0; o < out; ++o)
      rows[static_cast<std::size_t>(o) * padded + c] =
          weights[(static_cast<std::size_t>(c) * out + o) * kCellPixels + place];
  return rows;
}

}  // namespace

StridedConv2d::StridedConv2d(int in_channels,
                             int out_channels,
                             std::span<const float> weights,
                             std::span<const float> bias)
    : in_channels_(in_channels),
      out_channels_(out_channels),
      matrix_(out_channels, strided_weights(in_channels, out_channels, weights), bias) {}

void StridedConv2d::forward(const FeatureMap& in, FeatureMap& out) const {
  const Shape shape = in.shape();
  TESSERA_ASSERT(shape.channels == in_channels_ && shape.height % 2 == 0 && shape.width % 2 == 0);
  if (in.impl().format != kBlockedF32) return forward(blocked_copy(in.impl()), out);
  out.impl().reset({out_channels_, shape.height / 2, shape.width / 2}, kBlockedF32);
  const BlockedRows from(in.impl()), to(out.impl());
  std::vector<std::ptrdiff_t> parts;
  for (int place = 0; place < kCellPixels; ++place)
    for (const std::ptrdiff_t part : from.block_offsets())
      parts.push_back(part + from.step(place / 2, place % 2));
  for_each_segment(out.shape().height, out.shape().width, [&](const RowSegment& segment) {
    matrix_.multiply({.pixels = segment.pixels,
                      .in = from.at(2 * segment.y, 2 * segment.x),
                      .part_offsets = parts.data(),
                      .out = to.at(segment.y, segment.x),
                      .out_block = to.block_step(),
                      .in_step = 2 * channel_block(),
                      .out_step = channel_block()});
  });
}

TransposedConv2d::TransposedConv2d(int in_channels,
                                   int out_channels,
                                   std::span<const float> weights,
                                   std::span<const float> bias)
    : in_channels_(in_channels), out_channels_(out_channels) {
  for (int place = 0; place < kCellPixels; ++place)
    matrices_.emplace_back(out_channels,
                           transposed_weights(in_channels, out_channels, weights, place), bias);
}

void TransposedConv2d::add_to(const FeatureMap& in, FeatureMap& sum) const {
  const Shape shape = in.shape();
  TESSERA_ASSERT(shape.channels == in_channels_);
  TESSERA_ASSERT(sum.shape() == (Shape{out_channels_, 2 * shape.height, 2 * shape.width}));
  if (sum.impl().format != kBlockedF32) sum = blocked_copy(sum.impl());
  if (in.impl().format != kBlockedF32) return add_to(blocked_copy(in.impl()), sum);
  const BlockedRows from(in.impl()), to(sum.impl());
  const std::vector<std::ptrdiff_t> parts = from.block_offsets();
  for_each_segment(shape.height, shape.width, [&](const RowSegment& segment) {
    for (int place = 0; place < kCellPixels; ++place) {
      float* const pixels = to.at(2 * segment.y + place / 2, 2 * segment.x + place % 2);
      matrices_[place].multiply({.pixels = segment.pixels,
                                 .in = from.at(segment.y, segment.x),
                                 .part_offsets = parts.data(),
                                 .out = pixels,
                                 .added = pixels,
                                 .out_block = to.block_step(),
                                 .in_step = channel_block(),
                                 .out_step = 2 * channel_block()});
    }
  });
}

}  // namespace tessera::nn
