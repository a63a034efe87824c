// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

namespace tessera::analysis {

/// What a live channel gate v_c(n) did on images n, with the energy e_c(n) = |x_c(n)|^2 of what it
/// scales. Rows are images, columns channels.
struct GateObservations {
  std::vector<std::vector<double>> gates, energies;
};

/// Whether a gate could as well be a constant: "stripes" down the columns.
struct GateStatistics {
  /// sum_n e_c v_c / sum_n e_c: the constants of least squared error of the gated features.
  std::vector<double> constants;
  double relative_error = 0.0;  ///< sqrt(sum e (v - a)^2 / sum e v^2) with those constants
  double stripe_score = 0.0;    ///< 1 - variance within channels / variance of all; 1: constant
};
/// Requires at least one image; all rows of one length.
GateStatistics gate_statistics(const GateObservations& observed);

}  // namespace tessera::analysis
