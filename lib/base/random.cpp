// SPDX-License-Identifier: MIT
#include "base/random.h"

#include <cmath>
#include <numbers>

namespace tessera::base {
namespace {

/// 2^64 over the golden ratio, the increment of splitmix64.
constexpr std::uint64_t kGoldenIncrement = 0x9E3779B97F4A7C15U;

/// Finaliser of splitmix64, "Mix13" of David Stafford; a bijection of 64-bit words.
constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// Middle of the word's interval in (0, 1), so that neither end occurs.
double unit_from_word(std::uint32_t word) { return (word + 0.5) * 0x1p-32; }

}  // namespace

std::uint64_t random_bits(std::uint64_t seed, std::uint64_t index) {
  return mix(mix(seed * kGoldenIncrement) + (index + 1) * kGoldenIncrement);
}

double random_uniform(std::uint64_t seed, std::uint64_t index) {
  return unit_from_word(static_cast<std::uint32_t>(random_bits(seed, index) >> 32));
}

float random_normal(std::uint64_t seed, std::uint64_t index) {
  const std::uint64_t bits = random_bits(seed, index);
  const double u1 = unit_from_word(static_cast<std::uint32_t>(bits >> 32));
  const double u2 = unit_from_word(static_cast<std::uint32_t>(bits));
  return static_cast<float>(std::sqrt(-2.0 * std::log(u1)) * std::cos(2.0 * std::numbers::pi * u2));
}

}  // namespace tessera::base
