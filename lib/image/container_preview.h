// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "image/byte_source.h"
#include "tessera/image_io.h"

namespace tessera::image {

/// What the container says before libvips sees it.
struct Preview {
  ImageMetadata metadata;            ///< what we find and libvips does not
  std::vector<std::byte> tiff_exif;  ///< likewise; sound, and upright: a TIFF turns by its own tag
  bool states_resolution = true;
  bool states_orientation = false;  ///< outside EXIF and XMP
  std::vector<std::string> warnings;
  std::vector<std::string> unread;  ///< what the file holds beside the picture that is read
};

/// Refuses what can be refused without decoding: damage of the container, kinds that are not read,
/// more pixels than `options` allow or than so few bytes can hold.
/// Errors  BadImage; Refused.
Preview preview(const ByteSource& source, const ReadOptions& options);

}  // namespace tessera::image
