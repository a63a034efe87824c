// SPDX-License-Identifier: MIT
#include "pipeline/sources/mirrored_read.h"

#include <algorithm>
#include <utility>

#include "base/rounding.h"
#include "base/threads/threads_inside.h"
#include "image/convert.h"

namespace tessera::pipeline {
namespace {

/// First and last picture index that frame positions [start, start + count) need.
std::pair<int, int> source_range(int start, int count, int before, int extent, Mirror mirror) {
  int first = extent - 1, last = 0;
  for (int position = start; position < start + count; ++position) {
    const int index = PictureFrame::source_index(position, before, extent, mirror);
    first = std::min(first, index);
    last = std::max(last, index);
  }
  return {first, last};
}

}  // namespace

Extension extension_for(const model::Network& network) {
  return {network.size_multiple(), network.picture_border()};
}

PictureFrame PictureFrame::around(int height, int width, int top, int left, Extension extension) {
  const auto [multiple, border] = extension;
  return {top + border, left + border, base::rounded_up(height + top + 2 * border, multiple),
          base::rounded_up(width + left + 2 * border, multiple)};
}

PictureFrame PictureFrame::about_edge(const Image& picture, Extension extension) {
  PictureFrame frame = around(picture.height(), picture.width(), 0, 0, extension);
  frame.mirror = Mirror::AboutEdge;
  return frame;
}

int PictureFrame::source_index(int position, int before, int extent, Mirror mirror) {
  if (extent == 1) return 0;
  const bool edge = mirror == Mirror::AboutEdge;
  int index = position - before;
  if (index < 0) index = edge ? -1 - index : -index;
  // After a period the picture begins again.
  const int period = edge ? 2 * extent : 2 * extent - 2;
  index %= period;
  return index < extent ? index : (edge ? period - 1 : period) - index;
}

void read_mirrored(const Image& image,
                   const PictureFrame& frame,
                   Region region,
                   TensorView<float> target,
                   Workspace& scratch) {
  const WorkspaceScope scope(scratch);
  const auto [top, bottom] =
      source_range(region.top, region.height, frame.top, image.height(), frame.mirror);
  const auto [left, right] =
      source_range(region.left, region.width, frame.left, image.width(), frame.mirror);
  const Region inside{top, left, bottom - top + 1, right - left + 1};
  if (inside.height == region.height && inside.width == region.width &&
      inside.top == region.top - frame.top && inside.left == region.left - frame.left) {
    image::tensor_from_image(image, inside, target);
    return;
  }
  const auto part = scratch.take({image.channels(), inside.height, inside.width});
  image::tensor_from_image(image, inside, part);
  const auto column = [&](int x) {
    return PictureFrame::source_index(region.left + x, frame.left, image.width(), frame.mirror) -
           left;
  };
  // Columns of the picture itself, between those that are mirrored.
  const int first = std::clamp(frame.left - region.left, 0, region.width);
  const int end = std::clamp(frame.left + image.width() - region.left, first, region.width);
  base::for_each_inside(target.channels() * region.height, [&](int index) {
    const int c = index / region.height, y = index % region.height;
    const int row =
        PictureFrame::source_index(region.top + y, frame.top, image.height(), frame.mirror);
    const float* const from = part.row(c, row - top);
    float* const to = target.row(c, y);
    for (int x = 0; x < first; ++x) to[x] = from[column(x)];
    if (first < end) std::copy_n(from + column(first), end - first, to + first);
    for (int x = end; x < region.width; ++x) to[x] = from[column(x)];
  });
}

}  // namespace tessera::pipeline
