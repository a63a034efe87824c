// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tessera::image {

/// Why a colour profile cannot stand in a picture of `channels` colours (1 grey, 3 RGB); empty: it
/// can. Looks at header and tag table only; the profile is carried, never applied.
/// Source  ICC.1:2022, sections 7.2 and 7.3.
std::string icc_damage(std::span<const std::byte> profile, int channels);

}  // namespace tessera::image
