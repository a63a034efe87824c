// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "image/byte_source.h"

namespace tessera::image {

/// What the markers of a JPEG say before its first scan.
struct JpegFacts {
  int width = 0, height = 0;
  int components = 0;              ///< 1 grey, 3 colour
  bool states_resolution = false;  ///< JFIF density with a unit
  bool extended_xmp = false;       ///< has XMP beyond the packet of one segment
  bool iptc = false;               ///< has captions and the like as IPTC
  bool comment = false;            ///< has a COM segment with text
  int further_pictures = 0;        ///< of a multi-picture index, but for its large thumbnails
};

/// Whether image resources of Photoshop, "8BIM" id(2) name(even) length(4) data and so on, hold an
/// IPTC record of some length: id 0x0404.
bool holds_iptc_resource(std::string_view resources);

/// Walks the markers up to the first scan (ITU-T T.81, annex B); stray bytes between them are
/// passed over, as they come from descriptions with a wrong length.
/// Errors  BadImage with the reason for what cannot be read: CMYK, 12 bits per sample, lossless and
///         arithmetic coding, two frames, truncated at byte N.
JpegFacts scan_jpeg(const ByteSource& source);

/// The picture without APP1 to APP13, APP15 and comments: JFIF and Adobe markers decide colours and
/// stay. Requires a JPEG that scan_jpeg accepted.
std::vector<std::byte> jpeg_without_metadata(const ByteSource& source);

}  // namespace tessera::image
