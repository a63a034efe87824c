// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tessera/image.h"

namespace tessera::image {

// ICC, EXIF and XMP are put into files here, byte for byte: libvips would write EXIF anew from its
// own understanding of it.

/// A resolution counts when it is known both across and down.
inline bool states_resolution(const ImageMetadata& metadata) {
  return metadata.pixels_per_mm_x > 0.0 && metadata.pixels_per_mm_y > 0.0;
}

/// Segments APP0 (JFIF), APP1 and APP2 of a JPEG, in this order. What does not fit a segment is
/// left out with a warning.
std::vector<std::byte> jpeg_segments(const ImageMetadata& metadata,
                                     std::vector<std::string>& warnings);

/// Chunks for a PNG between IHDR and the first IDAT: colour chunks, iCCP (stored), eXIf, iTXt.
std::vector<std::byte> png_chunks(const ImageMetadata& metadata);

/// A WebP file with these ICCP, EXIF and XMP chunks in place of its own. With `keeps_resolution`
/// the EXIF that libvips makes of a resolution stays where there is none to put in its place.
/// Requires `file` as libwebp writes a still picture: RIFF with one VP8 or VP8L chunk, or VP8X.
std::vector<std::byte> webp_with_metadata(std::span<const std::byte> file,
                                          const ImageMetadata& metadata,
                                          int width,
                                          int height,
                                          bool keeps_resolution);

}  // namespace tessera::image
