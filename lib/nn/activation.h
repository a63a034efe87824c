// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "nn/feature_map.h"

namespace tessera::nn {

/// x < 0 ? slopes[c] * x : x, in place. Our own pass: as a post-operation of oneDNN 2.6, one slope
/// per channel makes the convolution itself run in the reference implementation.
/// Shapes  map (C, H, W), slopes (C).
void prelu(FeatureMap& map, std::span<const float> slopes);

}  // namespace tessera::nn
