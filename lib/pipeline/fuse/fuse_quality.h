// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "fusion/operators/operator_run.h"
#include "model/network.h"
#include "tessera/fuse.h"

namespace tessera::pipeline {

/// A network whose results are measured.
struct MeasuredNetwork {
  std::string name;
  const model::Network* network = nullptr;
  double weight = 0.0;  ///< in the output ensemble; 0: not a parent
};

/// PSNR of each network, and of the weighted mean of the parents' outputs before they are rounded,
/// on the pictures of options.evaluation: what denoise or interpolate makes of them, degraded and
/// compared as `evaluate --task` does by default.
/// Result   one entry per network, then "ensemble"; one value per noise level, or one. Names of
///          columns and pictures, and the protocol, go into the report.
/// Errors   as pictures_of; BadImage; Refused.
std::vector<FuseQuality> measured_quality(const std::vector<MeasuredNetwork>& networks,
                                          const FuseOptions& options,
                                          FuseReport& report);

/// Compares the last entry, the result's, with the best of the inputs in every column: psnr_drop,
/// threshold_missed.
void judge(FuseReport& report, const FuseOptions& options);

/// Mean of what the network makes of a white picture; 1 is white.
double white_probe(const model::Network& network);

/// What the network makes of a degraded picture, tile by tile.
Tensor restored(const model::Network& network,
                const fusion::CalibrationSample& picture,
                const ExecutionOptions& execution);

}  // namespace tessera::pipeline
