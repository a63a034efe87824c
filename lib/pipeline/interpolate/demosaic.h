// SPDX-License-Identifier: MIT
#pragma once

#include "pipeline/sources/image_sink.h"
#include "tessera/interpolate.h"

namespace tessera::pipeline {

/// Restores the two colours that each pixel of a mosaic lacks, and all three where noise is to go
/// (options.sigma), by options.method or else by the network, tile by tile into `result`.
/// Shapes   mosaic: one channel, any type; result: RGB of the same size.
/// Requires `network` unless options.method is set.
void demosaic(const Image& mosaic,
              const Model* network,
              const InterpolateOptions& options,
              Image& result,
              const ImageSink::PutBack& put_back,
              const ImageSink::Finish& finish = {});

}  // namespace tessera::pipeline
