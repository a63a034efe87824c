// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "image/byte_source.h"
#include "tessera/image_io.h"

namespace tessera::image {

/// Bytes behind the picture of a JPEG, WebP or GIF file that belong to nothing in it; 0 for other
/// kinds, and where no end of the picture is found. What cameras append is no such thing: padding
/// of zeros or ones, and further pictures that a multi-picture index tells of.
/// Cost    reads the file once.
/// Source  ITU-T T.81, annex B; CIPA DC-007 (MPF); RFC 9649, section 2; GIF89a.
std::uint64_t bytes_after_picture(const ByteSource& source);

/// What is said of so many bytes.
std::string trailing_warning(std::uint64_t bytes);

/// Tells in `warnings` what of a file is not read; nothing when that is nothing.
/// Errors  BadImage where `options` refuse that.
void tell_unread(const ByteSource& source,
                 const std::vector<std::string>& unread,
                 const ReadOptions& options,
                 std::vector<std::string>& warnings);

}  // namespace tessera::image
