// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "image/byte_source.h"

namespace tessera::image {

/// What the first directory of a TIFF or BigTIFF file says of its picture.
struct TiffFacts {
  bool states_resolution = false;   ///< with a unit; without, it is the shape of a pixel alone
  bool states_orientation = false;  ///< has the tag, whatever its value
  bool iptc = false;                ///< has captions and the like as IPTC
  bool geographic = false;          ///< says where on Earth it is (GeoTIFF)
};

/// Requires kind() Tiff.
/// Source  TIFF 6.0, section 8: XResolution, ResolutionUnit (inches where it is absent).
TiffFacts scan_tiff(const ByteSource& source);

/// Value of ResolutionUnit in a file that states no resolution.
inline constexpr int kTiffWithoutUnit = 1;

/// Where the two bytes of ResolutionUnit stand, in the file's byte order; 0: nowhere.
/// Requires kind() Tiff.
std::uint64_t place_of_resolution_unit(const ByteSource& source);

}  // namespace tessera::image
