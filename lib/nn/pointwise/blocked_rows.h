// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "nn/feature_map_impl.h"

namespace tessera::nn {

/// Where the numbers of a blocked fp32 map lie.
class BlockedRows {
 public:
  /// Requires  map.format == kBlockedF32.
  explicit BlockedRows(const FeatureMap::Impl& map)
      : values_(static_cast<float*>(map.buffer.data())),
        width_(map.shape.width),
        blocks_(padded_channels(map.shape.channels) / channel_block()),
        block_step_(static_cast<std::ptrdiff_t>(map.shape.plane()) * channel_block()) {}

  /// The first block of pixel (y, x).
  float* at(int y, int x) const { return values_ + step(y, x); }
  /// Floats from a pixel to the one so many rows below and columns to the right.
  std::ptrdiff_t step(int rows, int columns) const {
    return (static_cast<std::ptrdiff_t>(rows) * width_ + columns) * channel_block();
  }
  /// Floats from one block of a pixel to the next.
  std::ptrdiff_t block_step() const { return block_step_; }
  /// Where the blocks of a pixel begin, counted from its first.
  std::vector<std::ptrdiff_t> block_offsets() const {
    std::vector<std::ptrdiff_t> offsets;
    for (int b = 0; b < blocks_; ++b) offsets.push_back(b * block_step_);
    return offsets;
  }

 private:
  float* values_;
  int width_, blocks_;
  std::ptrdiff_t block_step_;
};

}  // namespace tessera::nn
