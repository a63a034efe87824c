// SPDX-License-Identifier: MIT
#pragma once

#include "analysis/inspection.h"

namespace tessera::analysis {

/// Moves every observed input of the window around the point, up by a little, and sees how
/// far the output at the point moves. Runs on the part of the scene around it.
/// Cost  a run of the network on about 50 x 50 pixels for each observed input of the window.
Influence influence_at(const NetworkScene& scene, const Point& point, int radius);

/// |f(y + d) - f(y)| / |d| of observed inputs, d white noise of strength `strength`; `states` gets
/// the same ratio for each value of a stream against the one before, in the order of the run.
struct Amplification {
  double noise_gain = 0.0, constant_gain = 0.0;
  std::vector<double> by_state;  ///< 0 for the first value of a stream
};
Amplification amplification_of(NetworkScene& scene, double strength, std::uint64_t seed);

}  // namespace tessera::analysis
