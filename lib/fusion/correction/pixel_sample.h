// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

namespace tessera::fusion {

/// Indices of one pixel in `stride` of a plane, one at random in each run of `stride`, always the
/// same ones. Evenly spaced ones would lie in a few columns wherever the width and the stride have
/// a common divisor, often at the border.
std::vector<std::size_t> pixel_sample(std::size_t pixels, int stride);

}  // namespace tessera::fusion
