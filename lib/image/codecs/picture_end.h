// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "image/byte_source.h"

namespace tessera::image {

/// Bytes behind the picture of a JPEG, WebP or GIF file that belong to nothing in it; 0 for other
/// kinds, and where no end of the picture is found. What cameras append is no such thing: padding
/// of zeros or ones, and further pictures that a multi-picture index tells of.
/// Cost    reads the file once.
/// Source  ITU-T T.81, annex B; CIPA DC-007 (MPF); RFC 9649, section 2; GIF89a.
std::uint64_t bytes_after_picture(const ByteSource& source);

/// What is said of so many bytes.
std::string trailing_warning(std::uint64_t bytes);

}  // namespace tessera::image
