// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "tensor/tensor.h"

namespace tessera::nn {

/// Activations between convolutions, in whatever layout and type the convolutions like best.
/// Reuses its memory when the shape shrinks or stays.
/// Threads  one worker at a time.
class FeatureMap {
 public:
  FeatureMap();
  ~FeatureMap();
  FeatureMap(FeatureMap&&) noexcept;
  FeatureMap& operator=(FeatureMap&&) noexcept;

  Shape shape() const;
  /// Takes planar floats in.  Shapes (C, H, W).
  void assign(TensorView<const float> planes);
  /// Gives planar floats out.  Shapes: shape().
  void copy_to(TensorView<float> planes) const;
  /// Likewise with the channels of a pixel side by side.  Shapes  pixels (H, W, C), of a map
  /// (C, H, W).
  void assign_pixels(TensorView<const float> pixels);
  void copy_to_pixels(TensorView<float> pixels) const;
  /// Takes in the 2x2 cells of planes, and of `more` planes behind them (or none): the map of
  /// pixel_unshuffle2.  Shapes (C, H, W), H and W even; the map (4C, H/2, W/2).
  void assign_cells(TensorView<const float> planes, TensorView<const float> more = {});
  /// Gives the planes of which the map is the 2x2 cells: pixel_shuffle2 of it.
  /// Shapes  planes (C, 2H, 2W), of a map (4C, H, W) in fp32.
  void copy_cells_to(TensorView<float> planes) const;
  /// Keeps the part under `region`.  Requires  region inside the map.
  void crop(Region region);

  struct Impl;  ///< defined in lib/nn only
  Impl& impl() { return *impl_; }
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera::nn
