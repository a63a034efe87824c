// SPDX-License-Identifier: MIT
#pragma once

#include <span>

namespace tessera::solver {

/// out = sign(v) max(0, |v| - threshold) per element: the proximal map of threshold * |.|_1.
/// Shapes  v, out: n floats; out may be v.
/// Requires threshold >= 0.
void soft_threshold(std::span<const float> v, float threshold, std::span<float> out);

/// Splits v = soft(v) + clipped(v) in one pass; clipped lies in [-threshold, threshold].
/// Shapes  v, soft, clipped: n floats; either output may be v.
void split_at_threshold(std::span<const float> v,
                        float threshold,
                        std::span<float> soft,
                        std::span<float> clipped);

}  // namespace tessera::solver
