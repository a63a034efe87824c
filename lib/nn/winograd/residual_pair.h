// SPDX-License-Identifier: MIT
#pragma once

#include "nn/feature_map_impl.h"
#include "nn/winograd/winograd_conv2d.h"

namespace tessera::nn {

/// h += second(first(h)), the bits of one convolution after the other.
///
/// The second follows the first some rows of tiles behind, so that what lies between them is a few
/// rows that stay in the caches. Each thread takes bands of the map of its own and shares with
/// others only where these meet: two cores need not have a cache in common, and then what one has
/// just written costs the other more than memory does.
/// Requires  both from as many channels to as many; h blocked fp32.
/// Errors    std::bad_alloc; h is then neither what it was nor the result.
/// Threads   those inside share the work.
void add_residual(const WinogradConv2d& first, const WinogradConv2d& second, FeatureMap::Impl& h);

}  // namespace tessera::nn
