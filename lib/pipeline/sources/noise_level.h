// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "base/grey_levels.h"
#include "pipeline/turns/turned_image.h"
#include "tensor/tensor.h"
#include "tessera/image.h"

namespace tessera::pipeline {

using base::kWhite8bit;

/// Errors  InvalidArgument unless from 0 to 255, in 8-bit grey levels.
void require_sigma(double sigma_8bit);

/// How strong the noise is at each pixel of a picture: one value, or a map.
class NoiseLevel {
 public:
  /// Units  8-bit grey levels.
  static NoiseLevel constant(double sigma_8bit);
  /// `map` holds the standard deviation at each pixel of `picture`: float samples in 8-bit grey
  /// levels, 8-bit samples as they are, 16-bit samples over 257; where a PGM states its own white,
  /// that is 255.
  /// Errors  BadImage: in colour (grey as RGB is grey), of another size, negative, not a number,
  ///         over 255.
  static NoiseLevel from_map(const Image& map, const Image& picture);

  /// Smallest and largest value in 8-bit grey levels.
  double lowest() const { return lowest_; }
  double highest() const { return highest_; }
  /// In 8-bit grey levels.
  float at(int y, int x) const { return map_ ? map_->colour_row<float>(y)[x] : value_; }
  /// The level over white of a region that may reach beyond the map, which is mirrored about its
  /// edge.  Shapes  target (1, region.height, region.width).
  void read(Region region, TensorView<float> target) const;
  /// The level of the picture so turned.
  NoiseLevel after(Turn turn) const;

 private:
  NoiseLevel() = default;

  float value_ = 0.0F;
  std::optional<Image> map_;  ///< one float channel
  double lowest_ = 0.0, highest_ = 0.0;
};

}  // namespace tessera::pipeline
