// SPDX-License-Identifier: MIT
#pragma once

#include "pipeline/sources/hole_estimate.h"
#include "pipeline/sources/measured_map.h"
#include "pipeline/sources/mirrored_read.h"
#include "pipeline/sources/tile_source.h"
#include "tessera/observation.h"

namespace tessera::pipeline {

/// Grey stands in for every colour: planes from `known` on become copies of the first.
void repeat_first_plane(TensorView<float> planes, int known);

/// A Bayer mosaic of any phase and size as one of phase RGGB, mirrored about its outermost pixels
/// to a size that is a multiple of an even number.
class MosaicSource final : public TileSource {
 public:
  /// `sigma_8bit`: of the mosaic's noise, for networks that are told of it.
  /// Requires one channel; `mosaic` outlives this.
  MosaicSource(const Image& mosaic,
               BayerPattern pattern,
               Extension extension,
               double sigma_8bit = 0.0);
  Shape shape() const override { return {3, frame_.height, frame_.width}; }
  void read(Region region, const ObservedPlanes& planes, Workspace& scratch) const override;
  const PictureFrame& frame() const { return frame_; }

 private:
  const Image& mosaic_;
  PictureFrame frame_;
  float sigma_;  ///< over white
};

/// A picture as the measured quarter of one of twice the size, mirrored about its edge to a size
/// that is a multiple of an even number.
class GridSource final : public TileSource {
 public:
  /// `planes`: the picture's channels, or more for a grey picture that stands in for colour.
  /// `extension` counts pixels of twice the size.
  GridSource(const Image& measured, int planes, Extension extension);
  Shape shape() const override { return {planes_, 2 * frame_.height, 2 * frame_.width}; }
  void read(Region region, const ObservedPlanes& planes, Workspace& scratch) const override;
  /// Of the picture of twice the size.
  PictureFrame frame() const;

 private:
  const Image& measured_;
  int planes_;
  PictureFrame frame_;  ///< of the measured picture
};

/// A picture with holes, extended by a hole to a size that is a multiple of an even number.
class HoleSource final : public TileSource {
 public:
  /// Makes the first estimate of the whole picture, since a hole may be of any size.
  /// Requires `picture` and `map` outlive this.
  /// Errors  Refused when that does not fit into `memory` bytes.
  HoleSource(const Image& picture,
             const MeasuredMap& map,
             int planes,
             Extension extension,
             std::int64_t memory);
  Shape shape() const override { return {planes_, frame_.height, frame_.width}; }
  void read(Region region, const ObservedPlanes& planes, Workspace& scratch) const override;
  const PictureFrame& frame() const { return frame_; }
  /// Bytes held while this lives.
  std::int64_t bytes() const { return estimate_.bytes(); }

 private:
  void read_samples(Region region,
                    TensorView<float> samples,
                    TensorView<float> mask,
                    Workspace& scratch) const;

  const Image& picture_;
  const MeasuredMap& map_;
  int planes_;
  PictureFrame frame_;
  HoleEstimate estimate_;
};

}  // namespace tessera::pipeline
