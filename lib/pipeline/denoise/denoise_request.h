// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "pipeline/sources/noise_level.h"
#include "tessera/denoise.h"

namespace tessera::pipeline {

/// Checks what can be known before any picture is read: sigma, and that the model denoises and can
/// use a map when there is one.
/// Errors  InvalidArgument; BadCheckpoint naming both tasks.
void check_request(const Model* network, const DenoiseOptions& options, bool has_map);

/// Errors  BadImage when the picture is empty or holds floats that are not numbers.
void check_picture(const Image& noisy);

/// A warning when `level` lies beyond what the model was trained for; empty otherwise.
std::string range_warning(const Model& network, const NoiseLevel& level);

}  // namespace tessera::pipeline
