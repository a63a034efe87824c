// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tessera/image_io.h"

namespace tessera::image {

/// What a file format can hold.
/// Source  longest sides: JPEG_MAX_DIMENSION of libjpeg, 14 bits of WebP, PNG_USER_WIDTH_MAX of
///         libpng, VIPS_MAX_COORD of libvips.
struct FormatLimits {
  const char* name = "";
  int longest_side = 0;  ///< pixels
  bool u8 = false, u16 = false, f32 = false, grey = true, alpha = false;
  bool icc = true, exif = true, xmp = true, resolution = true;
};

FormatLimits limits_of(FileFormat format);

/// Why the format holds no samples of that type, and the remedies; empty: it holds them.
std::string type_refusal(FileFormat format, SampleType type);

/// Refuses a picture of a size or sample type that the format cannot hold.
/// Errors  InvalidArgument naming `name`, the limit and a remedy.
void check_fits(const std::string& name, const ImageSize& size, FileFormat format);

/// Refuses a picture whose alpha is not opaque, where the format holds none.
/// Errors  likewise.
void check_alpha_fits(const std::string& name, const Image& image, FileFormat format);

/// Width, height, channels and sample type of a picture.
ImageSize size_of(const Image& image);

}  // namespace tessera::image
