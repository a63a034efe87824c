// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace tessera::image {

/// EXIF and XMP that text chunks of a PNG hold; empty: none.
struct PngTextMetadata {
  std::vector<std::byte> exif, xmp;
};

/// Reads the data of one chunk of type tEXt, zTXt or iTXt: the registered keyword of XMP, and the
/// hexadecimal "Raw profile type exif|APP1|xmp" that ImageMagick and libavif write.
/// Anything else, or damaged, gives nothing.
PngTextMetadata metadata_from_png_text(std::string_view type, std::span<const std::byte> data);

}  // namespace tessera::image
