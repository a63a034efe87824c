// SPDX-License-Identifier: MIT
#include "analysis/channel_gates.h"

#include <cmath>

#include "base/assertion.h"

namespace tessera::analysis {

GateStatistics gate_statistics(const GateObservations& observed) {
  TESSERA_ASSERT(!observed.gates.empty() && observed.gates.size() == observed.energies.size());
  const std::size_t images = observed.gates.size(), channels = observed.gates.front().size();
  const double count = static_cast<double>(images * channels);
  GateStatistics result;
  double mean = 0.0;
  for (const auto& row : observed.gates)
    for (const double gate : row) mean += gate / count;

  double within = 0.0, total = 0.0, missed = 0.0, gated = 0.0;
  for (std::size_t c = 0; c < channels; ++c) {
    double weighted = 0.0, energy = 0.0, channel_mean = 0.0;
    for (std::size_t n = 0; n < images; ++n) {
      weighted += observed.energies[n][c] * observed.gates[n][c];
      energy += observed.energies[n][c];
      channel_mean += observed.gates[n][c] / static_cast<double>(images);
    }
    // A channel that is always zero may have any constant.
    const double constant = energy > 0.0 ? weighted / energy : channel_mean;
    result.constants.push_back(constant);
    for (std::size_t n = 0; n < images; ++n) {
      const double gate = observed.gates[n][c], weight = observed.energies[n][c];
      within += (gate - channel_mean) * (gate - channel_mean);
      total += (gate - mean) * (gate - mean);
      missed += weight * (gate - constant) * (gate - constant);
      gated += weight * gate * gate;
    }
  }
  result.relative_error = gated > 0.0 ? std::sqrt(missed / gated) : 0.0;
  result.stripe_score = total > 0.0 ? 1.0 - within / total : 1.0;
  return result;
}

}  // namespace tessera::analysis
