// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor.h"
#include "tessera/image.h"

namespace tessera::image {

/// Planes in [0, 1]: samples over max_value, floats of any value.
/// Shapes  target (channels, region.height, region.width).
void tensor_from_image(const Image& source, Region region, TensorView<float> target);
Tensor tensor_from_image(const Image& source);

/// Writes a region of planes into `target` with the top left corner at (top, left). Values become
/// samples, clamped to [0, max_value] and rounded (half away from zero); F32 samples are neither.
/// Requires finite values.  Errors  BadImage("... not finite") otherwise: no image rather than a
/// wrong one.
void image_from_tensor(
    TensorView<const float> source, Region region, Image& target, int top, int left);
/// Likewise all of them.
void image_from_tensor(TensorView<const float> source, Image& target, int top, int left);

}  // namespace tessera::image
