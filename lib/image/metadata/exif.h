// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tessera::image {

/// What make_exif_upright found.
struct ExifReport {
  int orientation = 0;   ///< 1 to 8 as the block stated it, 0 when it states none or nonsense
  bool readable = true;  ///< false: not even the first directory can be walked
  std::string damage;    ///< empty: sound
};

/// Makes an EXIF block true for pixels that stand upright, in place: orientation tag 1, thumbnail
/// zeroed and unlinked, resolutions across and down exchanged where the picture is turned by a
/// quarter. All other bytes keep their value and place (maker notes hold offsets).
/// Layout  TIFF header "II*\0" or "MM\0*", offset of directory 0; directories of 12-byte entries.
/// Source  CIPA DC-008 (Exif 2.32), section 4.5.
ExifReport make_exif_upright(std::vector<std::byte>& exif);

/// Pixels per millimetre.
struct ExifResolution {
  double x, y;
};
/// What directory 0 states with a unit (tags XResolution, YResolution, ResolutionUnit); empty:
/// nothing, or nonsense.
std::optional<ExifResolution> exif_resolution(const std::vector<std::byte>& exif);

/// Sets the size tags (ImageWidth, ImageLength, PixelXDimension, PixelYDimension) where they stand.
void set_exif_size(std::vector<std::byte>& exif, int width, int height);

/// Sets tiff:Orientation in an XMP packet to 1, in place.
/// Result  1 to 8 as the packet stated it first, 0 when it states none.
int make_xmp_upright(std::vector<std::byte>& xmp);

/// Sets tiff:ImageWidth, tiff:ImageLength, exif:PixelXDimension and exif:PixelYDimension in an XMP
/// packet where they stand as numbers.
void set_xmp_size(std::vector<std::byte>& xmp, int width, int height);

}  // namespace tessera::image
