// SPDX-License-Identifier: MIT
#pragma once

#include "pipeline/denoise/noise_level.h"
#include "pipeline/tiles/mirrored_read.h"
#include "pipeline/tiles/tile_source.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// A noisy picture with its noise level. Where a network wants a multiple of some size, the picture
/// is mirrored about its edge, so that the noise goes on as noise.
class NoiseSource final : public TileSource {
 public:
  /// `planes`: the picture's channels, or more for a grey picture that stands in for colour.
  /// Requires `picture` and `level` outlive this.
  NoiseSource(const Image& picture, const NoiseLevel& level, int planes, int size_multiple);
  Shape shape() const override { return {planes_, frame_.height, frame_.width}; }
  const MirroredFrame& frame() const { return frame_; }
  void read(Region region, const ObservedPlanes& planes, Workspace& scratch) const override;

 private:
  const Image& picture_;
  const NoiseLevel& level_;
  int planes_;
  MirroredFrame frame_;
};

}  // namespace tessera::pipeline
