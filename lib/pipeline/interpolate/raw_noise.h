// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "pipeline/interpolate/raw_mosaic.h"

namespace tessera::pipeline {

/// How strong the noise of a camera raw file is.
struct RawNoise {
  double sigma_8bit = 0.0;  ///< of the greens at middle grey, coded by the sRGB curve
  bool stated = false;      ///< the file says so; otherwise estimated
};

/// As the file states it, or estimated from the greens of its mosaic, where noise is still white:
/// demosaicking correlates it. Nothing: the file does not say and is too small to tell, or clipped
/// everywhere.
std::optional<RawNoise> raw_noise(const image::RawPhoto& photo, const BalancedMosaic& mosaic);

}  // namespace tessera::pipeline
