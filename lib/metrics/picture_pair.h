// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "tessera/image.h"
#include "tessera/metrics.h"

namespace tessera::metrics {

/// Two pictures of one size, cropped, read row by row in a common scale as a protocol says.
class PicturePair {
 public:
  /// Requires  both outlive this.
  /// Errors    BadImage naming both sizes when width or height differ, or the number of channels
  ///           when all of them are compared; InvalidArgument for a negative border or white;
  ///           BadImage when the border leaves less than smallest_side pixels on a side.
  PicturePair(const Image& reference,
              const Image& restored,
              const MetricProtocol& protocol,
              int smallest_side);

  /// Size after cropping.
  int width() const { return reference_.width() - 2 * protocol_.border; }
  int height() const { return reference_.height() - 2 * protocol_.border; }
  /// Channels compared: 1 for luma.
  int channels() const;
  int border() const { return protocol_.border; }
  /// Row y of channel c of both pictures, each over its own white.
  /// Shapes  width() values each.
  void read_row(int y, int c, std::span<double> reference, std::span<double> restored) const;

 private:
  const Image& reference_;
  const Image& restored_;
  MetricProtocol protocol_;
};

}  // namespace tessera::metrics
