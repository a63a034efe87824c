// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/rounding.h"
#include "base/threads/threads_inside.h"
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
  /// Where all blocks of a pixel lie, from its first block on.
  std::vector<std::ptrdiff_t> block_places() const {
    std::vector<std::ptrdiff_t> places;
    for (int b = 0; b < blocks_; ++b) places.push_back(b * block_step_);
    return places;
  }

 private:
  float* values_;
  int width_, blocks_;
  std::ptrdiff_t block_step_;
};

/// Some pixels of a row, from (y, x) on.
struct RowSegment {
  int y = 0, x = 0, pixels = 0;
};

/// Calls work(segment) for segments that together are a map, on the threads inside. What a segment
/// reads, some hundred channels a pixel, stays in a second-level cache of 1 MiB, and a thread takes
/// so many at a time that taking them costs nothing.
template <typename Work>
void for_each_segment(int height, int width, const Work& work) {
  constexpr int kPixels = 256, kPixelsInTurn = 1024;
  constexpr int kStep = 24;  // a multiple of all kernels' kRows
  const int along = (width + kPixels - 1) / kPixels;
  const int pixels = base::rounded_up((width + along - 1) / along, kStep);
  const int rows = std::max(1, kPixelsInTurn / width);
  base::for_each_in_turn_inside((height + rows - 1) / rows, [&](int band) {
    for (int y = band * rows; y < std::min((band + 1) * rows, height); ++y)
      for (int x = 0; x < width; x += pixels) work(RowSegment{y, x, std::min(pixels, width - x)});
  });
}

}  // namespace tessera::nn
