// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "tessera/image.h"

namespace tessera::metrics {

/// Two pictures of one size, cropped, read row by row in a common scale.
class PicturePair {
 public:
  /// Requires  both outlive this.
  /// Errors    BadImage naming both sizes when width, height or channels differ; InvalidArgument
  /// for
  ///           a negative border, BadImage when it leaves less than smallest_side pixels on a side.
  PicturePair(const Image& reference, const Image& restored, int border, int smallest_side);

  /// Size after cropping.
  int width() const { return reference_.width() - 2 * border_; }
  int height() const { return reference_.height() - 2 * border_; }
  int channels() const { return reference_.channels(); }
  /// Row y of channel c of both pictures, each divided by its own white.
  /// Shapes  width() values each.
  void read_row(int y, int c, std::span<double> reference, std::span<double> restored) const;

 private:
  const Image& reference_;
  const Image& restored_;
  int border_;
};

}  // namespace tessera::metrics
