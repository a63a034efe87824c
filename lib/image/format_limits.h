// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tessera/image_io.h"

namespace tessera::image {

/// What a file format can hold.
struct FormatLimits {
  const char* name;
  bool u8, u16, f32, alpha;
  int longest_side;
  bool icc, exif, xmp;
};

FormatLimits limits_of(FileFormat format);

/// Refuses a picture of a size or sample type that the format cannot hold.
/// Errors  InvalidArgument naming `name`, the limit and a remedy.
void check_fits(const std::string& name, const ImageSize& size, FileFormat format);

/// Refuses a picture whose alpha is not opaque, where the format holds none.
/// Errors  likewise.
void check_alpha_fits(const std::string& name, const Image& image, FileFormat format);

/// Width, height, channels and sample type of a picture.
ImageSize size_of(const Image& image);

}  // namespace tessera::image
