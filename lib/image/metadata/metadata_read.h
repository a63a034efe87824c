// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/image.h"

namespace tessera::image {

/// Makes metadata fit for carrying: EXIF and XMP state an upright picture, XMP names no extension
/// outside its packet, blocks that nobody could read are dropped; each damage appends one warning.
/// Result  the orientation (1 to 8) that the pixels still have to be turned by: that of EXIF, else
///         `orientation`, what the file states elsewhere (0: nothing), else that of XMP.
int settle_metadata(ImageMetadata& metadata,
                    int channels,
                    int orientation,
                    std::vector<std::string>& warnings);

}  // namespace tessera::image
