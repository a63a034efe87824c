// SPDX-License-Identifier: MIT
#include "pipeline/mirrored_read.h"

#include <algorithm>
#include <utility>

#include "image/convert.h"

namespace tessera::pipeline {
namespace {

/// First and last picture index that frame positions [start, start + count) need.
std::pair<int, int> source_range(int start, int count, int before, int extent) {
  int first = extent - 1, last = 0;
  // Mirroring reaches one pixel back in, so the ends and their neighbours tell.
  for (const int position : {start, start + 1, start + count - 2, start + count - 1}) {
    if (position < start || position >= start + count) continue;
    const int index = MirroredFrame::source_index(position, before, extent);
    first = std::min(first, index);
    last = std::max(last, index);
  }
  return {first, last};
}

}  // namespace

MirroredFrame MirroredFrame::around(int height, int width, int top, int left) {
  return {top, left, (height + top + 1) / 2 * 2, (width + left + 1) / 2 * 2};
}

int MirroredFrame::source_index(int position, int before, int extent) {
  if (extent == 1) return 0;
  const int index = std::abs(position - before);
  return index < extent ? index : 2 * extent - 2 - index;
}

void read_mirrored(const Image& image,
                   const MirroredFrame& frame,
                   Region region,
                   TensorView<float> target,
                   Workspace& scratch) {
  const WorkspaceScope scope(scratch);
  const auto [top, bottom] = source_range(region.top, region.height, frame.top, image.height());
  const auto [left, right] = source_range(region.left, region.width, frame.left, image.width());
  const Region inside{top, left, bottom - top + 1, right - left + 1};
  if (inside.height == region.height && inside.width == region.width &&
      inside.top == region.top - frame.top && inside.left == region.left - frame.left) {
    image::tensor_from_image(image, inside, target);
    return;
  }
  const auto part = scratch.take({image.channels(), inside.height, inside.width});
  image::tensor_from_image(image, inside, part);
  for (int c = 0; c < target.channels(); ++c)
    for (int y = 0; y < region.height; ++y) {
      const int row = MirroredFrame::source_index(region.top + y, frame.top, image.height());
      const float* from = part.row(c, row - top);
      float* to = target.row(c, y);
      for (int x = 0; x < region.width; ++x)
        to[x] =
            from[MirroredFrame::source_index(region.left + x, frame.left, image.width()) - left];
    }
}

}  // namespace tessera::pipeline
