// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nn/cell_rows.h"
#include "nn/feature_map.h"
#include "nn/pointwise/pixel_matrix.h"

namespace tessera::nn {

/// A pointwise sub-pixel convolution: each pixel of a map makes a 2x2 cell of every plane. Its
/// planes are made pair of rows by pair of rows, for who needs them no longer than that.
///
/// Shapes   weights (4 planes, in) row-major, the cells of a plane row by row; bias (4 planes).
/// Result   a cell depends on one pixel of the map, in value and in rounding.
/// Threads  const use from many threads at once.
/// Source   Shi et al. 2016, the periodic shuffling operator.
class SubPixelConv2d {
 public:
  SubPixelConv2d(int in_channels,
                 int planes,
                 std::span<const float> weights,
                 std::span<const float> bias);

  /// The convolution of one map.
  class Rows {
   public:
    /// Shapes  map (in_channels, H, W). It stays as it is while this object is used.
    Rows(const SubPixelConv2d& conv, const FeatureMap& map);
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    int planes() const { return conv_.planes_; }  ///< that are made
    /// Floats of scratch memory, at a multiple of 64 bytes, for so many pixels.
    std::size_t scratch_for(int pixels) const;
    /// Rows 2y and 2y + 1 of all planes, columns [2 first, 2 last).
    void make(int y, int first, int last, const RowPair& rows, float* scratch) const;

   private:
    const SubPixelConv2d& conv_;
    FeatureMap copy_;  ///< of a map in another layout or type
    const FeatureMap& map_;
    std::vector<std::ptrdiff_t> parts_;  ///< where the blocks of a pixel begin
  };

 private:
  int in_channels_, planes_;
  PixelMatrix matrix_;
};

}  // namespace tessera::nn
