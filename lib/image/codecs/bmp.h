// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "image/byte_source.h"
#include "tessera/image_io.h"

namespace tessera::image {

/// What the headers of a BMP say. Read here, because libvips only reads BMP through ImageMagick.
struct BmpHeader {
  int width = 0, height = 0;
  bool top_down = false;
  int bits = 0;  ///< per pixel: 1, 4, 8 (palette), 24 or 32
  bool with_alpha = false;
  bool grey = false;               ///< the palette is the grey ramp of 256 steps
  std::uint64_t data = 0;          ///< offset of the first row
  std::vector<std::byte> palette;  ///< blue, green, red per entry
  std::uint64_t profile = 0;       ///< offset of the colour profile
  std::uint32_t profile_bytes = 0;
  bool links_profile = false;  ///< that is the name of another file
  std::string colours;         ///< "primaries", "gamma" or both, where stated and not those of sRGB
  double pixels_per_mm_x = 0.0, pixels_per_mm_y = 0.0;  ///< 0: not stated
  std::uint64_t row_bytes() const {
    return (static_cast<std::uint64_t>(width) * bits + 31) / 32 * 4;
  }
};

/// Errors  BadImage with the reason (run-length coding, 16 bits per pixel, damaged header).
BmpHeader read_bmp_header(const ByteSource& source);
/// Errors  BadImage; Refused beyond max_pixels.
Image read_bmp(const ByteSource& source, const ReadOptions& options);

}  // namespace tessera::image
