// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "tessera/image.h"

namespace tessera::image {

/// Visits whole chunks that stand one behind another, as ImageMetadata::png_colour has them.
void for_each_chunk(
    std::span<const std::byte> chunks,
    const std::function<void(std::string_view type, std::span<const std::byte> whole)>& visit);

/// The chunks of `metadata.png_colour` that make the picture look other than sRGB, as which it will
/// be shown without them: "gAMA and cHRM", "cICP". Empty: nothing is lost with them, as they state
/// sRGB or what the ICC profile states, too.
/// Source  PNG (third edition, 2025), sections 11.3.2 and 4.3: cICP counts more than iCCP, iCCP and
///         sRGB more than gAMA and cHRM.
std::string colours_beyond_srgb(const ImageMetadata& metadata);

}  // namespace tessera::image
