// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/machine.h"
#include "tessera/execution.h"

namespace tessera::bench {

/// How to measure a network.
struct Setting {
  int side = 512;       ///< of a square tile, one a worker
  int workers = 1;      ///< tiles at a time
  int inside = 1;       ///< threads that share one tile
  int repetitions = 5;  ///< medians of so many
  Precision precision = Precision::F32;
};

/// One layer that a network enters. Times are nanoseconds of wall clock a picture pixel, all
/// workers together.
struct LayerTime {
  std::string name, what;      ///< "blocks.0", "48>48 3x3, 48>48 3x3"
  double in_network = 0.0;     ///< as part of the network
  double alone = 0.0;          ///< its convolutions, each or each pair on its own; 0: it has none
  double flops = 0.0;          ///< of its convolutions, counted as direct ones, a pixel
  double other_flops = 0.0;    ///< of the rest, a pixel
  double bytes = 0.0;          ///< that it must read and write, a pixel
  std::string bound;           ///< what limits it: "arithmetic", "L2", "L3", "memory"; or ""
  double bound_time = 0.0;     ///< time at that limit
  std::string implementation;  ///< what computes its first convolution
};

struct NetworkTime {
  std::string title;
  double network = 0.0;  ///< the whole, nanoseconds a pixel
  std::vector<LayerTime> layers{};

  double convolutions() const;  ///< sum of `alone`
  double flops() const;         ///< of the convolutions
};

/// Runs the model of `checkpoint` on tiles of random samples, then each of its convolutions alone
/// on maps of the same size.
NetworkTime measure_network(const std::filesystem::path& checkpoint,
                            const Setting& setting,
                            const Machine& machine);

}  // namespace tessera::bench
