// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>

#include "tensor/tensor.h"

namespace tessera::model {

/// Windows of size x size pixels over a map that holds the channels of a pixel side by side, on a
/// grid that starts `shift` pixels above and left of the map's corner. Those at the sides reach
/// beyond the map.
///
///     shift 0              shift size / 2
///     +----+----+--:       :..+----+----:
///     |    |    |  :       +--+----+----+      rows of a window: its pixels in reading order
///     +----+----+--:       :  |    |    :
class PixelWindows {
 public:
  PixelWindows(int height, int width, int size, int shift);

  /// Calls work(window) for each; the region is the whole window, also outside the map.
  void for_each(const std::function<void(Region window)>& work) const;
  /// The part of a window that lies in the map.
  Region inside(Region window) const;
  /// Pixels of the window as rows, zeros outside the map.  Shapes  map (H, W, C), rows (size^2, C).
  void gather(TensorView<const float> map, Region window, std::span<float> rows) const;
  /// Adds rows to the pixels of the window, or writes them there.  Shapes  as gather().
  void add(std::span<const float> rows, Region window, TensorView<float> map) const;
  void write(std::span<const float> rows, Region window, TensorView<float> map) const;
  /// Calls work(y, x, first, pixels) for each line of the window inside the map: it begins at (y,
  /// x) of the map and at row `first` of the window.
  void for_each_line(Region window, const std::function<void(int, int, int, int)>& work) const;
  /// What to add to the scores of a window's keys: 0 inside the map, -1e30 outside. Shapes
  /// (size^2).
  void outside_offset(Region window, std::span<float> offset) const;

 private:
  int height_, width_, size_, shift_;
};

}  // namespace tessera::model
