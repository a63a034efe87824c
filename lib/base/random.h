// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace tessera::base {

/// The library's only source of randomness: a counter-based generator, so that a sample depends on
/// (seed, index) alone. Twin: models/train/noise.py.
///
/// bits(seed, index): x = mix(seed * 0x9E3779B97F4A7C15) + (index + 1) * 0x9E3779B97F4A7C15, then
/// mix(x), where mix is the splitmix64 finaliser (Steele, Lea & Flood, OOPSLA 2014).
std::uint64_t random_bits(std::uint64_t seed, std::uint64_t index);
/// Uniform in (0, 1): upper 32 bits, plus one half, over 2^32.
double random_uniform(std::uint64_t seed, std::uint64_t index);
/// Standard normal by Box and Muller 1958: u1 from the upper, u2 from the lower 32 bits,
/// sqrt(-2 ln u1) cos(2 pi u2) in double, rounded to float.
float random_normal(std::uint64_t seed, std::uint64_t index);

}  // namespace tessera::base
