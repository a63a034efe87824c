// SPDX-License-Identifier: MIT
#include "pipeline/interpolate/demosaic.h"

#include "model/network.h"
#include "pipeline/interpolate/classical_methods.h"
#include "pipeline/sources/tile_sources.h"
#include "pipeline/tiles/network_runner.h"

namespace tessera::pipeline {

void demosaic(const Image& mosaic,
              const Model* network,
              const InterpolateOptions& options,
              Image& result,
              const ImageSink::PutBack& put_back,
              const ImageSink::Finish& finish) {
  if (options.method) {
    ImageSink sink(result, 0, 0, put_back, finish);
    run_local_method(demosaic_method(*options.method, options.pattern), mosaic, sink,
                     options.execution);
    return;
  }
  const MosaicSource source(mosaic, options.pattern, extension_for(network->network()),
                            options.sigma.value_or(0.0));
  ImageSink sink(result, source.frame().top, source.frame().left, put_back, finish);
  run_network(network->network(), source, sink, options.execution);
}

}  // namespace tessera::pipeline
