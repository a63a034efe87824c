// SPDX-License-Identifier: MIT
#pragma once

#include "pipeline/noise_level.h"
#include "pipeline/tile_source.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// A noisy picture with its noise level. Where a network wants a multiple of some size, the last
/// row and column go on.
class NoiseSource final : public TileSource {
 public:
  /// `planes`: the picture's channels, or more for a grey picture that stands in for colour.
  /// Requires `picture` and `level` outlive this; size_multiple 1 or 2.
  NoiseSource(const Image& picture, const NoiseLevel& level, int planes, int size_multiple);
  Shape shape() const override { return shape_; }
  void read(Region region, const ObservedPlanes& planes, Workspace& scratch) const override;

 private:
  const Image& picture_;
  const NoiseLevel& level_;
  Shape shape_;
};

}  // namespace tessera::pipeline
