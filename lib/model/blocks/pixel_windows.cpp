// SPDX-License-Identifier: MIT
#include "model/blocks/pixel_windows.h"

#include <algorithm>

#include "base/assertion.h"

namespace tessera::model {

PixelWindows::PixelWindows(int height, int width, int size, int shift)
    : height_(height), width_(width), size_(size), shift_(shift) {
  TESSERA_ASSERT(shift >= 0 && shift < size);
}

void PixelWindows::for_each(const std::function<void(Region window)>& work) const {
  for (int top = -shift_; top < height_; top += size_)
    for (int left = -shift_; left < width_; left += size_) work({top, left, size_, size_});
}

Region PixelWindows::inside(Region window) const {
  const int top = std::max(window.top, 0), left = std::max(window.left, 0);
  return {top, left, std::min(window.top + size_, height_) - top,
          std::min(window.left + size_, width_) - left};
}

void PixelWindows::for_each_line(Region window,
                                 const std::function<void(int, int, int, int)>& work) const {
  const Region part = inside(window);
  for (int y = part.top; y < part.top + part.height; ++y)
    work(y, part.left, (y - window.top) * size_ + part.left - window.left, part.width);
}

void PixelWindows::gather(TensorView<const float> map, Region window, std::span<float> rows) const {
  const auto channels = static_cast<std::size_t>(map.width());
  const Region part = inside(window);
  if (part.height < size_ || part.width < size_) std::fill(rows.begin(), rows.end(), 0.0F);
  for_each_line(window, [&](int y, int x, int first, int pixels) {
    std::copy_n(map.row(y, x), pixels * channels, &rows[first * channels]);
  });
}

void PixelWindows::add(std::span<const float> rows, Region window, TensorView<float> map) const {
  const auto channels = static_cast<std::size_t>(map.width());
  for_each_line(window, [&](int y, int x, int first, int pixels) {
    float* target = map.row(y, x);
    const float* source = &rows[first * channels];
    for (std::size_t i = 0; i < pixels * channels; ++i) target[i] += source[i];
  });
}

void PixelWindows::write(std::span<const float> rows, Region window, TensorView<float> map) const {
  const auto channels = static_cast<std::size_t>(map.width());
  for_each_line(window, [&](int y, int x, int first, int pixels) {
    std::copy_n(&rows[first * channels], pixels * channels, map.row(y, x));
  });
}

void PixelWindows::outside_offset(Region window, std::span<float> offset) const {
  std::fill(offset.begin(), offset.end(), -1e30F);
  for_each_line(window, [&](int, int, int first, int pixels) {
    std::fill_n(&offset[static_cast<std::size_t>(first)], pixels, 0.0F);
  });
}

}  // namespace tessera::model
