// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace tessera::base {

/// Whether all of them are numbers, neither NaN nor infinite.
inline bool all_finite(std::span<const float> values) {
  // Blocks, and none left early: the inner loop vectorises.
  constexpr std::size_t kBlock = 1024;
  while (!values.empty()) {
    int bad = 0;
    for (const float value : values.first(std::min(kBlock, values.size())))
      bad |= static_cast<int>(!(std::abs(value) <= std::numeric_limits<float>::max()));
    if (bad != 0) return false;
    values = values.subspan(std::min(kBlock, values.size()));
  }
  return true;
}

}  // namespace tessera::base
