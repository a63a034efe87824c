// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace tessera::analysis {

/// A lower bound on what a state still tells about something Gaussian, limited by its probe: ridge
/// regression from k x k patches. Not the mutual information itself, which for a network without
/// noise of its own is infinite.
struct InformationBound {
  double nats = 0.0;  ///< -1/2 log(1 - R2) >= 0, a bound for Gaussian targets
  double r2 = 0.0;    ///< on pixels that the fit has not seen, at least 0
  int patch = 0;      ///< k; 0: too few pixels for any probe, nothing is told
  int coefficients = 0;
  std::int64_t samples = 0;  ///< that were fitted
};

/// Pixels needed for each coefficient of the probe.
inline constexpr int kPixelsPerCoefficient = 50;

/// How well the target pixel can be told from the patch of `state` around it, by the largest of
/// k = 5, 3, 1 for which there are pixels enough; fitted on even tiles of 32 x 32, told from odd
/// ones.
/// Shapes  state (C, H, W); target (1, H, W).
InformationBound information_bound(TensorView<const float> state, TensorView<const float> target);

}  // namespace tessera::analysis
