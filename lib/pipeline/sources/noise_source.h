// SPDX-License-Identifier: MIT
#pragma once

#include "pipeline/sources/mirrored_read.h"
#include "pipeline/sources/noise_level.h"
#include "pipeline/sources/tile_source.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// A noisy picture with its noise level. Where it is extended it is mirrored about its edge, which
/// cost less at the border than a mirror about the outermost pixels.
class NoiseSource final : public TileSource {
 public:
  /// `planes`: the picture's channels, or more for a grey picture that stands in for colour.
  /// Requires `picture` and `level` outlive this.
  NoiseSource(const Image& picture, const NoiseLevel& level, int planes, Extension extension);
  Shape shape() const override { return {planes_, frame_.height, frame_.width}; }
  const PictureFrame& frame() const { return frame_; }
  void read(Region region, const ObservedPlanes& planes, Workspace& scratch) const override;

 private:
  const Image& picture_;
  const NoiseLevel& level_;
  int planes_;
  PictureFrame frame_;
};

}  // namespace tessera::pipeline
