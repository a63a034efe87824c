// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <limits>

namespace tessera::base {

/// Smallest multiple of `step` that is at least `value`; where the type holds none, its largest.
/// Requires value >= 0, step > 0.
template <std::integral T>
constexpr T rounded_up(T value, T step) {
  const T largest = std::numeric_limits<T>::max() / step * step;
  if (value >= largest) return largest;
  return value / step * step + (value % step > 0 ? step : 0);
}

}  // namespace tessera::base
