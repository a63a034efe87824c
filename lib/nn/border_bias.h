// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "nn/feature_map.h"

namespace tessera::nn {

/// Takes the contributions of taps that lie outside the map out of every pixel that has such taps.
/// A convolution whose bias is the sum over all taps becomes one whose bias counts the taps inside
/// the image, as zero padding behind a biased pointwise convolution leaves it.
/// Shapes    map (C, H, W) in fp32, taps (C, k, k) row-major.
/// Requires  kernel 1 or 3.
void subtract_missing_taps(FeatureMap& map, std::span<const float> taps, int kernel, int dilation);

}  // namespace tessera::nn
