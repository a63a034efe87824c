// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <optional>

#include "tessera/image.h"

namespace tessera::pipeline {

/// The open range of samples that nothing has cut, in the picture's own units; without an end where
/// nothing was cut.
struct UncutRange {
  float above = -std::numeric_limits<float>::infinity();
  float below = std::numeric_limits<float>::infinity();
};

/// Of integers, all but both ends of the scale. Floats may go on beyond 0 and white; they were cut
/// there when at least one sample in a thousand is exactly that, which noise does not do by chance.
/// Pixels under alpha 0 are not looked at.
UncutRange uncut_range(const Image& image);

/// The standard deviation of white noise, white is 1, from pixels that are within `range` in every
/// channel and not under alpha 0.
/// Result  empty when there are too few of them.
std::optional<double> noise_within(const Image& image, UncutRange range);

}  // namespace tessera::pipeline
