// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "image/byte_sink.h"
#include "tessera/image.h"

namespace tessera::image {

// libvips has no place for EXIF in a TIFF file, and states ten pixels per centimetre where nobody
// stated a resolution. Both are put right in the file that it has written.

/// A file that `sink`, which is seekable, holds from its byte 0 on. EXIF that does not fit costs a
/// warning.
/// Result  false when the sink failed.
bool complete_tiff(const ImageMetadata& metadata,
                   ByteSink& sink,
                   std::vector<std::string>& warnings);

/// Likewise for a file in memory.
std::vector<std::byte> completed_tiff(std::vector<std::byte> file,
                                      const ImageMetadata& metadata,
                                      std::vector<std::string>& warnings);

}  // namespace tessera::image
