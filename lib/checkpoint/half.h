// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace tessera::checkpoint {

/// F16: sign 1 bit, exponent 5 (bias 15), fraction 10.  Source  IEEE 754-2008, binary16.
float float_from_f16(std::uint16_t bits);
/// Rounds to nearest, ties to even; from 65520 on, half a step beyond the largest, infinity.
std::uint16_t f16_from_float(float value);

}  // namespace tessera::checkpoint
