// SPDX-License-Identifier: MIT
#pragma once

#include "model/network.h"
#include "pipeline/sources/tile_source.h"
#include "tessera/execution.h"

namespace tessera::pipeline {

/// Runs `network` over the whole of `source`, tile by tile, into `sink`.
///
/// A network of one stage never holds the picture as floats. One of several goes stage by stage
/// over whole planes when two sets of them fit into the memory allowed; otherwise all stages run in
/// one go on tiles whose halo is the sum of all borders. Both give the same pixels.
/// Planes beyond network.channels() are run in groups of that many.
/// Requires source.shape().channels a multiple of network.channels().
/// Errors   Refused when memory does not suffice; whatever source and sink throw.
void run_network(const model::Network& network,
                 const TileSource& source,
                 TileSink& sink,
                 const ExecutionOptions& options);

}  // namespace tessera::pipeline
