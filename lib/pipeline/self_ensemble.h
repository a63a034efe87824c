// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "tessera/interpolate.h"

namespace tessera::pipeline {

/// One restoration of a turned picture; `mask` is null unless options.missing is MaskFile.
using Restoration = std::function<Image(
    const Image& observed, const Image* mask, const InterpolateOptions& options)>;

/// Restores all eight flips and turns of `observed`, turns the results back and averages them.
/// Result  F32 in [0, 1], without alpha, as large as the restoration; measured samples are exact.
/// Cost    eight restorations, and three float copies of the result.
/// Errors  what measured_map and `restore` throw.
Image mean_over_turns(const Image& observed,
                      const Image* mask,
                      const InterpolateOptions& options,
                      const Restoration& restore);

}  // namespace tessera::pipeline
