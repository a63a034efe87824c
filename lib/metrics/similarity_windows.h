// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <span>
#include <vector>

namespace tessera::metrics {

/// Side of the window of SSIM and MS-SSIM.
constexpr int kWindow = 11;

/// Sums over window positions: the whole index, and its contrast and structure part alone.
struct SimilaritySums {
  double index = 0.0, structure = 0.0;
};

/// Gaussian windows 11x11 over two pictures that come in row by row.
/// Source  Wang, Bovik, Sheikh & Simoncelli, IEEE TIP 13(4), 2004, section III.B and C.
class SimilarityWindows {
 public:
  /// `width`: values in a row, at least kWindow.
  explicit SimilarityWindows(int width);
  /// Takes row y of both pictures, white is 1; rows come in order from 0.
  void add_row(int y, std::span<const double> reference, std::span<const double> restored);
  /// Over all windows whose lowest row is y, the last one added.  Requires y >= kWindow - 1.
  SimilaritySums sums(int y) const;

 private:
  /// What the index needs of a window: means of x, y, x*x, y*y and x*y.
  static constexpr int kMoments = 5;
  int positions_;  ///< windows along a row
  /// Moments of the last kWindow rows, each already weighted along x.
  std::array<std::array<std::vector<double>, kMoments>, kWindow> rows_;
};

}  // namespace tessera::metrics
