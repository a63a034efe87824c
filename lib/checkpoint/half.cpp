// SPDX-License-Identifier: MIT
#include "checkpoint/half.h"

#include <cmath>

namespace tessera::checkpoint {
namespace {

constexpr std::uint16_t kF16Infinity = 0x7C00;
constexpr std::uint16_t kF16QuietNan = 0x7E00;

}  // namespace

std::uint16_t f16_from_float(float value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return sign | kF16QuietNan;
  const float magnitude = std::abs(value);
  // Half way between the largest finite value, 65504, and 2^16: from here on the nearest is
  // infinity.
  if (magnitude >= 65520.0F) return sign | kF16Infinity;
  // In units of the last place the value is an integer to be rounded; nearbyint rounds ties to
  // even. A fraction that rounds up to 2048 carries into the exponent by plain addition.
  const int exponent = magnitude < 0x1p-14F ? -14 : std::ilogb(magnitude);
  const auto units = static_cast<int>(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));
  return static_cast<std::uint16_t>(sign | (units + ((exponent + 14) << 10)));
}

}  // namespace tessera::checkpoint
