// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor.h"
#include "tensor/workspace.h"

namespace tessera::pipeline {

/// What a network is told about a region.
/// Shapes  (C, height, width) of that region, sigma (1, height, width). For noise, in a mosaic too,
///         the mask is empty, for missing pixels sigma is.
struct ObservedPlanes {
  TensorView<float> samples;   ///< measured values in [0, 1], 0 where missing
  TensorView<float> mask;      ///< 1 measured, 0 missing
  TensorView<float> estimate;  ///< first estimate
  TensorView<float> sigma{};   ///< noise level over white
};

/// A picture with missing pixels or noise, as the planes that a network reads, region by region:
/// nothing of its size is held as floats.
/// Threads  read() may be called from many threads, each with its own scratch.
class TileSource {
 public:
  virtual ~TileSource() = default;
  /// Height and width are multiples of the network's size_multiple().
  virtual Shape shape() const = 0;
  /// The same values for a pixel whatever region it is read with.
  /// Requires a region inside shape(), starting at multiples of that.
  virtual void read(Region region, const ObservedPlanes& planes, Workspace& scratch) const = 0;
};

/// Where restored regions go.
/// Threads  write() may be called from many threads, for regions that do not overlap.
class TileSink {
 public:
  virtual ~TileSink() = default;
  /// Takes restored planes whose first pixel is (top, left) of the source.
  virtual void write(TensorView<const float> planes, int top, int left, Workspace& scratch) = 0;
};

}  // namespace tessera::pipeline
