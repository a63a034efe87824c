// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "image/byte_sink.h"
#include "tessera/image_io.h"

namespace tessera::image {

/// Encodes through libvips with `metadata` (checked, and meant for this format).
/// Requires start_vips(), and an image that the format can hold, white at full scale.
/// Result  warnings.  Errors  IoFailure with the sink's or the encoder's reason.
std::vector<std::string> encode_by_vips(const Image& image,
                                        const ImageMetadata& metadata,
                                        FileFormat format,
                                        const WriteOptions& options,
                                        ByteSink& sink);

}  // namespace tessera::image
