// SPDX-License-Identifier: MIT
#include "analysis/measures/channel_gates.h"

#include <cmath>

#include "base/assertion.h"

namespace tessera::analysis {

namespace {

std::vector<double> best_constants(const GateObservations& observed) {
  std::vector<double> best;
  for (std::size_t c = 0; c < observed.gates.front().size(); ++c) {
    double weighted = 0.0, total = 0.0, plain = 0.0;
    for (std::size_t n = 0; n < observed.gates.size(); ++n) {
      weighted += observed.energies[n][c] * observed.gates[n][c];
      total += observed.energies[n][c];
      plain += observed.gates[n][c];
    }
    // A channel that is always zero may have any constant.
    const double mean = plain / static_cast<double>(observed.gates.size());
    best.push_back(total > 0.0 ? weighted / total : mean);
  }
  return best;
}

double relative_error(const GateObservations& observed, const std::vector<double>& constants) {
  double lost = 0.0, all = 0.0;
  for (std::size_t n = 0; n < observed.gates.size(); ++n)
    for (std::size_t c = 0; c < constants.size(); ++c) {
      const double gate = observed.gates[n][c], away = gate - constants[c];
      lost += observed.energies[n][c] * away * away;
      all += observed.energies[n][c] * gate * gate;
    }
  return all > 0.0 ? std::sqrt(lost / all) : 0.0;
}

double stripe_score(const std::vector<std::vector<double>>& gates) {
  const double count = static_cast<double>(gates.size());
  const std::size_t channels = gates.front().size();
  std::vector<double> means(channels, 0.0);
  double mean = 0.0, within = 0.0, total = 0.0;
  for (const auto& row : gates)
    for (std::size_t c = 0; c < channels; ++c) means[c] += row[c] / count;
  for (const double each : means) mean += each / static_cast<double>(channels);
  for (const auto& row : gates)
    for (std::size_t c = 0; c < channels; ++c) {
      within += (row[c] - means[c]) * (row[c] - means[c]);
      total += (row[c] - mean) * (row[c] - mean);
    }
  return total > 0.0 ? 1.0 - within / total : 1.0;
}

}  // namespace

GateStatistics gate_statistics(const GateObservations& observed) {
  TESSERA_ASSERT(!observed.gates.empty() && observed.gates.size() == observed.energies.size());
  GateStatistics result;
  result.constants = best_constants(observed);
  result.relative_error = relative_error(observed, result.constants);
  result.stripe_score = stripe_score(observed.gates);
  return result;
}

}  // namespace tessera::analysis
