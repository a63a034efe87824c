// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

namespace tessera::image {

/// How light is coded in numbers.
enum class ToneCurve { Srgb, Linear };

/// A colour profile of the sRGB primaries with that curve, always the same bytes.
/// Source  ICC.1:2022 (profile version 4.4), sections 7 to 10; IEC 61966-2-1 for the primaries,
///         adapted to D50 by the Bradford transform (annex E of the former).
std::vector<std::byte> srgb_profile(ToneCurve curve);

}  // namespace tessera::image
