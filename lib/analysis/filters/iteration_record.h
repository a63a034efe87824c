// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "model/trace.h"

namespace tessera::analysis {

/// What the steps of one learned conjugate gradient run do, before the first step and after each.
/// Sums over channels and pixels, in double.
struct IterationRecord {
  std::vector<double> energy;     ///< x'Lx on the layer's graph
  std::vector<double> variation;  ///< |Cx|_1 on the layer's graph
  std::vector<double> objective;  ///< 1/2 x'Ax - b'x, what exact steps would bring down
  std::vector<double> residual;   ///< |b - A x| / |b|; a start of 0 has 1
};

/// Runs the steps of `event` once more and looks at every iterate.
IterationRecord record_iterations(const model::FilterEvent& event);

}  // namespace tessera::analysis
