// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "image/byte_source.h"

namespace tessera::image {

/// What the chunks of a PNG say before anything is decoded.
struct PngFacts {
  int width = 0, height = 0;
  bool animated = false;           ///< has an acTL chunk
  std::uint64_t end = 0;           ///< byte after IEND; what follows is not part of the picture
  bool states_resolution = false;  ///< has a pHYs chunk in metres
  std::vector<std::byte>
      colour;  ///< gAMA, cHRM, sRGB, cICP, mDCV and cLLI chunks, whole, one of each
  std::vector<std::byte> exif;     ///< data of eXIf or of its older forms, wherever they stand
  std::vector<std::byte> xmp;      ///< likewise
  std::vector<std::string> texts;  ///< keywords of what people write: Title, Author, ...
};

/// Walks all chunk headers to IEND.
/// Errors  BadImage: damaged signature or header, missing IDAT, truncated at byte N.
PngFacts scan_png(const ByteSource& source);

/// The picture without what only describes it: critical chunks and tRNS.
/// Requires a PNG that scan_png accepted.
std::vector<std::byte> png_without_metadata(const ByteSource& source);

/// CRC-32 of PNG and zlib (ISO 3309), continued from `crc`.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t crc = 0);

}  // namespace tessera::image
