// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "nn/feature_map.h"

namespace tessera::nn {

/// Pixels of a 2x2 cell, in maps row by row.
inline constexpr int kCellPixels = 4;

/// Where the two rows of planes go that a row of 2x2 cells becomes: the first pixels of both rows
/// of plane 0. The next plane lies `stride` floats behind.
struct RowPair {
  float *upper, *lower;
  std::ptrdiff_t stride;
};

/// Splits the cells of one plane: those of pixel i of a map stand at cells + i * step, row by row,
/// and become two pixels of each row.
void split_cells(const float* cells, int step, int pixels, float* upper, float* lower);

/// The planes of which a map is the 2x2 cells, pair of rows by pair of rows:
/// FeatureMap::copy_cells_to in parts.
/// Threads  const use from many threads at once.
class CellRows {
 public:
  /// Shapes  map (4C, H, W). It stays as it is while this object is used.
  explicit CellRows(const FeatureMap& map);
  CellRows(const CellRows&) = delete;
  CellRows& operator=(const CellRows&) = delete;

  int planes() const;  ///< C
  /// Rows 2y and 2y + 1 of all planes, columns [2 first, 2 last).
  void copy(int y, int first, int last, const RowPair& rows) const;

 private:
  FeatureMap copy_;  ///< of a map in another layout or type
  const FeatureMap& map_;
};

}  // namespace tessera::nn
