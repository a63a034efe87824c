// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "pipeline/sources/tile_source.h"
#include "tessera/execution.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// A method without training that looks at a bounded neighbourhood.
struct LocalMethod {
  int channels = 0;          ///< of the result
  int scale = 1;             ///< result pixels per source pixel, per side
  int halo = 0;              ///< source pixels it looks at, per side
  int planes_per_pixel = 0;  ///< memory it takes: planes of the source's size
  std::function<void(TensorView<const float> in, TensorView<float> out)> run;
};

/// Runs `method` over `source` tile by tile into `sink`, whose coordinates are the result's.
/// Errors  Refused when memory does not suffice.
void run_local_method(const LocalMethod& method,
                      const Image& source,
                      TileSink& sink,
                      const ExecutionOptions& options);

}  // namespace tessera::pipeline
