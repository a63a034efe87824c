// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "pipeline/sources/measured_map.h"
#include "pipeline/tiles/local_method.h"
#include "tessera/interpolate.h"

namespace tessera::pipeline {

/// Bilinear, Malvar or Menon for a mosaic whose pixel (0, 0) starts `pattern`.
LocalMethod demosaic_method(ClassicalMethod method, BayerPattern pattern);

/// Bilinear or bicubic enlargement to twice the size.
LocalMethod upscale2_method(ClassicalMethod method, int channels);

/// Fills the missing pixels of `picture` by total variation or pull-push, whole planes at once,
/// into `result`; measured ones are not exact there. It gets a warning when total variation was
/// stopped before it converged.
/// Errors  Refused when that does not fit into `memory` bytes.
void fill_classically(ClassicalMethod method,
                      const Image& picture,
                      const MeasuredMap& map,
                      std::int64_t memory,
                      Image& result);

}  // namespace tessera::pipeline
