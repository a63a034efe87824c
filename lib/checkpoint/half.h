// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>

namespace tessera::checkpoint {

/// F16: sign 1 bit, exponent 5 (bias 15), fraction 10.  Source  IEEE 754-2008, binary16.
inline float float_from_f16(std::uint16_t bits) {
  // All ones where a < b, by its sign. Without branches, loops of this become vectors: a model has
  // a million values.
  const auto less = [](std::int32_t a, std::int32_t b) {
    return static_cast<std::uint32_t>((a - b) >> 31);
  };
  const std::int32_t magnitude = bits & 0x7FFF;
  const std::uint32_t subnormal = less(magnitude, 0x400), infinite = less(0x7BFF, magnitude);
  // Biases of 127 and 15; an exponent of all ones, of infinity and of no number, stays such.
  const std::uint32_t rebased = magnitude + (112U << 10) + (infinite & 112U << 10);
  const auto scaled = std::bit_cast<std::uint32_t>(static_cast<float>(magnitude) * 0x1p-24F);
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  return std::bit_cast<float>(sign | (subnormal & scaled) | (~subnormal & rebased << 13));
}
/// Rounds to nearest, ties to even; from 65520 on, half a step beyond the largest, infinity.
std::uint16_t f16_from_float(float value);

}  // namespace tessera::checkpoint
