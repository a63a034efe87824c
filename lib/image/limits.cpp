// SPDX-License-Identifier: MIT
#include "image/limits.h"

#include <cstdint>

#include "image/message.h"

namespace tessera::image {

namespace {

/// Most pixels that one byte of a file can hold, from the densest code of each format.
std::uint64_t pixels_per_byte(FileKind kind) {
  switch (kind) {
    case FileKind::Png:
      return 1032 * 8;  // deflate makes 1032 bytes of one (zlib, technical details); 8 pixels each
    case FileKind::Jpeg:
      // A block of 64 pixels takes a bit per scan, 4x4 sampling of one component makes it 1024,
      // end-of-band runs do not reach the first scan.
      return 1024 * 8;
    case FileKind::Gif:
      return 4096;  // a code of 12 bits stands for 4095 pixels at most
    default:
      return UINT64_MAX;
  }
}

}  // namespace

void check_pixels(const std::string& name, int width, int height, const ReadOptions& options) {
  const std::int64_t pixels = static_cast<std::int64_t>(width) * height;
  const std::string size = std::to_string(width) + "x" + std::to_string(height);
  if (width > kMostColumns || height > kMostColumns || pixels > options.max_pixels)
    fail(ErrorCode::Refused, name,
         "too large: " + size + " pixels, the limit is " + std::to_string(options.max_pixels) +
             " pixels and " + std::to_string(kMostColumns) + " on a side");
}

void check_density(const ByteSource& source, int width, int height) {
  const std::uint64_t most = pixels_per_byte(source.kind());
  if (most == UINT64_MAX) return;
  const std::uint64_t pixels =
      static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  if (pixels / most > source.size())
    fail(ErrorCode::BadImage, source.name(),
         "truncated or forged: " + std::to_string(source.size()) + " bytes cannot hold " +
             std::to_string(width) + "x" + std::to_string(height) + " pixels");
}

}  // namespace tessera::image
