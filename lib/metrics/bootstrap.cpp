// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "base/assertion.h"
#include "base/random.h"
#include "tessera/metrics.h"

namespace tessera {
namespace {

constexpr int kResamples = 10'000;
/// Ranks of the sorted means that leave 2.5 % outside on each side.
constexpr int kLow = kResamples / 40, kHigh = kResamples - 1 - kLow;

}  // namespace

ConfidenceInterval bootstrap_interval_of_mean(std::span<const double> values, std::uint64_t seed) {
  TESSERA_ASSERT(!values.empty());
  const std::size_t n = values.size();
  std::vector<double> means(kResamples);
  for (std::size_t b = 0; b < means.size(); ++b) {
    double sum = 0.0;
    for (std::size_t k = 0; k < n; ++k) {
      const double u = base::random_uniform(seed, b * n + k);
      sum += values[std::min(n - 1, static_cast<std::size_t>(u * static_cast<double>(n)))];
    }
    means[b] = sum / static_cast<double>(n);
  }
  std::sort(means.begin(), means.end());
  return {means[kLow], means[kHigh]};
}

}  // namespace tessera
