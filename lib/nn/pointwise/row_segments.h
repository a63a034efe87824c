// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "base/rounding.h"
#include "base/threads/threads_inside.h"

namespace tessera::nn {

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
