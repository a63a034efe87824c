// SPDX-License-Identifier: MIT
#include "observation/noise_estimate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/assertion.h"

namespace tessera::observation {
namespace {

constexpr int kBlock = NoiseEstimator::kBlock;
using Block = std::array<float, kBlock * kBlock>;

// Coefficient (u, v) is low up to u + v = 6 (without the mean) and high from 10 on: between them
// texture would leak. Fitted on images held back from training.
constexpr int kLastLow = 6, kFirstHigh = 10;
constexpr double kFractionOfBlocks = 0.05;
constexpr std::size_t kFewestChosen = 32;
// Of blocks that begin three pixels apart; of closer ones as many more as stand for them.
constexpr double kFewestBlocks = 16.0;
constexpr int kDistinctStep = 3;
// Opponent planes with less than this fraction of G's noise do not hold all of it.
constexpr double kLeastOpponentNoise = 0.5;

/// The orthonormal cosine transform of type II, row u the u-th basis function.
const Block& cosine_basis() {
  static const Block basis = [] {
    Block b;
    for (int u = 0; u < kBlock; ++u)
      for (int x = 0; x < kBlock; ++x)
        b[u * kBlock + x] =
            static_cast<float>(std::sqrt((u == 0 ? 1.0 : 2.0) / kBlock) *
                               std::cos(std::numbers::pi * (2 * x + 1) * u / (2.0 * kBlock)));
    return b;
  }();
  return basis;
}

Block cosine_transform(const Block& block) {
  const Block& basis = cosine_basis();
  Block rows{}, result{};
  for (int y = 0; y < kBlock; ++y)
    for (int v = 0; v < kBlock; ++v)
      for (int x = 0; x < kBlock; ++x)
        rows[y * kBlock + v] += basis[v * kBlock + x] * block[y * kBlock + x];
  for (int u = 0; u < kBlock; ++u)
    for (int y = 0; y < kBlock; ++y)
      for (int v = 0; v < kBlock; ++v)
        result[u * kBlock + v] += basis[u * kBlock + y] * rows[y * kBlock + v];
  return result;
}

bool all_usable(TensorView<const float> usable, int left) {
  for (int y = 0; y < kBlock; ++y)
    for (int x = 0; x < kBlock; ++x)
      if (usable(0, y, left + x) == 0.0F) return false;
  return true;
}

/// What is analysed of a pixel: plane 0 grey or G, planes 1 and 2 the opponent ones.
float analysed(TensorView<const float> strip, int plane, int y, int x) {
  if (strip.channels() == 1) return strip(0, y, x);
  const float r = strip(0, y, x), g = strip(1, y, x), b = strip(2, y, x);
  if (plane == 0) return g;
  return plane == 1
             ? (r - b) * std::numbers::sqrt2_v<float> / 2.0F
             : (r - 2.0F * g + b) / (std::numbers::sqrt2_v<float> * std::numbers::sqrt3_v<float>);
}

}  // namespace

NoiseEstimator::NoiseEstimator(int channels)
    : blocks_(channels == 1 ? 1 : 3), channels_(channels) {}

void NoiseEstimator::add_strip(TensorView<const float> strip,
                               TensorView<const float> usable,
                               int step) {
  TESSERA_ASSERT(strip.channels() == channels_ && strip.height() == kBlock);
  const double spacing = static_cast<double>(std::min(step, kDistinctStep)) / kDistinctStep;
  const double distinct = spacing * spacing;
  for (int left = 0; left + kBlock <= strip.width(); left += step) {
    if (!all_usable(usable, left)) continue;
    distinct_blocks_ += distinct;
    for (std::size_t plane = 0; plane < blocks_.size(); ++plane) {
      Block block;
      for (int y = 0; y < kBlock; ++y)
        for (int x = 0; x < kBlock; ++x)
          block[y * kBlock + x] = analysed(strip, static_cast<int>(plane), y, left + x);
      const Block coefficients = cosine_transform(block);
      Energies energies{0.0F, 0.0F};
      int high_count = 0;
      for (int u = 0; u < kBlock; ++u)
        for (int v = 0; v < kBlock; ++v) {
          const float square = coefficients[u * kBlock + v] * coefficients[u * kBlock + v];
          if (u + v > 0 && u + v <= kLastLow) energies.low += square;
          if (u + v < kFirstHigh) continue;
          energies.high += square;
          ++high_count;
        }
      energies.high /= static_cast<float>(high_count);
      blocks_[plane].push_back(energies);
    }
  }
}

std::optional<double> NoiseEstimator::standard_deviation() const {
  if (distinct_blocks_ < kFewestBlocks) return {};
  std::vector<double> deviations;
  for (auto blocks : blocks_) {
    const auto wanted =
        static_cast<std::size_t>(kFractionOfBlocks * static_cast<double>(blocks.size()));
    const std::size_t chosen = std::min(std::max(wanted, kFewestChosen), blocks.size());
    std::nth_element(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(chosen - 1),
                     blocks.end(),
                     [](const Energies& a, const Energies& b) { return a.low < b.low; });
    double sum = 0.0;
    for (std::size_t i = 0; i < chosen; ++i) sum += blocks[i].high;
    deviations.push_back(std::sqrt(sum / static_cast<double>(chosen)));
  }
  if (deviations.size() == 1) return deviations[0];
  const double opponent = (deviations[1] + deviations[2]) / 2.0;
  return opponent < kLeastOpponentNoise * deviations[0] ? deviations[0] : opponent;
}

}  // namespace tessera::observation
