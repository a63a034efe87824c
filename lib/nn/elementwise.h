// SPDX-License-Identifier: MIT
#pragma once

#include "nn/feature_map_impl.h"

namespace tessera::nn {

/// map += other, which has the same shape and format; in bf16 each sum is rounded once.
void add(FeatureMap::Impl& map, const void* other);

}  // namespace tessera::nn
