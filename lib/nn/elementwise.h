// SPDX-License-Identifier: MIT
#pragma once

#include "nn/feature_map_impl.h"

namespace tessera::nn {

/// x < 0 ? slope * x : x, in place, over a map's bytes; what a convolution could not fuse.
void leaky_relu(void* data, Shape shape, MapFormat format, float slope);
/// map += other, which has the same shape and format; in bf16 each sum is rounded once.
void add(FeatureMap::Impl& map, const void* other);

}  // namespace tessera::nn
