// SPDX-License-Identifier: MIT
#include "nn/pointwise/pointwise_conv2d.h"

#include "base/assertion.h"
#include "nn/pointwise/blocked_rows.h"
#include "nn/pointwise/row_segments.h"

namespace tessera::nn {
PointwiseConv2d::PointwiseConv2d(const ConvSpec& spec,
                                 std::span<const float> weights,
                                 std::span<const float> bias)
    : in_channels_(spec.in_channels),
      out_channels_(spec.out_channels),
      matrix_(spec.out_channels, padded_columns(spec.in_channels, weights), bias) {
  TESSERA_ASSERT(spec.kernel == 1);
  if (spec.activation != Activation::None) matrix_.rectify(negative_slope(spec));
}

void PointwiseConv2d::forward(const FeatureMap::Impl& in,
                              FeatureMap::Impl& out,
                              const FeatureMap::Impl* residual) const {
  TESSERA_ASSERT(in.format == kBlockedF32 && in.shape.channels == in_channels_);
  TESSERA_ASSERT(residual == nullptr || residual->format == kBlockedF32);
  out.reset({out_channels_, in.shape.height, in.shape.width}, kBlockedF32);
  const BlockedRows from(in), to(out), added(residual == nullptr ? out : *residual);
  const std::vector<std::ptrdiff_t> parts = from.block_offsets();
  for_each_segment(in.shape.height, in.shape.width, [&](const RowSegment& s) {
    matrix_.multiply({.pixels = s.pixels,
                      .in = from.at(s.y, s.x),
                      .part_offsets = parts.data(),
                      .out = to.at(s.y, s.x),
                      .added = residual == nullptr ? nullptr : added.at(s.y, s.x),
                      .out_block = to.block_step(),
                      .in_step = channel_block(),
                      .out_step = channel_block()});
  });
}

}  // namespace tessera::nn
