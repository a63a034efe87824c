// SPDX-License-Identifier: MIT
#include "solver/soft_threshold.h"

#include <algorithm>

#include "base/assertion.h"

namespace tessera::solver {

void soft_threshold(std::span<const float> v, float threshold, std::span<float> out) {
  TESSERA_ASSERT(v.size() == out.size() && threshold >= 0.0F);
  for (std::size_t i = 0; i < v.size(); ++i)
    out[i] = v[i] - std::clamp(v[i], -threshold, threshold);
}

void split_at_threshold(std::span<const float> v,
                        float threshold,
                        std::span<float> soft,
                        std::span<float> clipped) {
  TESSERA_ASSERT(v.size() == soft.size() && v.size() == clipped.size() && threshold >= 0.0F);
  for (std::size_t i = 0; i < v.size(); ++i) {
    const float value = v[i];
    const float inside = std::clamp(value, -threshold, threshold);
    soft[i] = value - inside;
    clipped[i] = inside;
  }
}

}  // namespace tessera::solver
