// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/byte_source.h"

namespace tessera::image {

/// What makes EXIF part of a TIFF file: bytes to append to it, and where its first directory then
/// starts.
struct ExifTail {
  std::vector<std::byte> bytes;
  std::uint32_t directory = 0;  ///< goes to byte 4 of the file
};

/// The first directory of `file` again, with the description, camera, time and rights of the EXIF
/// block's directory 0, and the block's Exif and GPS directories. Values are moved and brought to
/// the file's byte order; a maker note is copied, though what it points to may have moved.
/// Result  nothing for a file that is no little-endian classic TIFF, or grows beyond 4 GB.
/// Source  CIPA DC-008 (Exif 2.32), section 4.6; TIFF 6.0, section 2.
std::optional<ExifTail> exif_tail(const ByteSource& file, std::span<const std::byte> exif);

/// The EXIF of a TIFF picture.
struct TiffExif {
  std::vector<std::byte> block;  ///< sound, of an upright picture; empty: the file has none
  std::string damage;            ///< what was left out and why; empty: nothing
};

/// The inverse of exif_tail: description, camera, time and rights in the first directory of a TIFF
/// or BigTIFF file, its Exif and its GPS directory, as a block. A description that states the
/// layout of its file (tifffile, ImageJ, OME) is left out: it would be wrong of any other.
/// Requires kind() Tiff.
TiffExif exif_from_tiff(const ByteSource& file);

}  // namespace tessera::image
