// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "image/byte_source.h"
#include "image/codecs/vips_runtime.h"
#include "tessera/image_io.h"

namespace tessera::image {

/// A picture whose header libvips has read; pixels come later, top to bottom.
/// Requires kind() Png, Jpeg, Tiff, Webp or Gif, and start_vips().
/// Result  empty when libvips refuses it: take_vips_error() says why.
VipsPtr<VipsImage> open_picture(const ByteSource& source);

/// Upright size and sample type.
/// Errors  BadImage naming colour space, sample format or number of channels that is not supported.
ImageSize layout_of(const VipsImage* picture, const std::string& name);
/// Likewise: a second or fourth channel is alpha.
bool has_alpha(const VipsImage* picture);

/// Decodes all pixels into the image that `blank` gives, turned as `orientation` (1 to 8, EXIF)
/// says. `blank` is called after the first rows were decoded: a forged header costs no memory.
/// Result  nothing when libvips refuses the pixels: take_vips_error() says why.
std::optional<Image> decode_pixels(VipsImage* picture,
                                   int orientation,
                                   const std::function<Image()>& blank);

/// Orientation by EXIF or the tag of a TIFF, else 1.
int orientation_of(const VipsImage* picture);

/// ICC, EXIF, XMP and resolution as the file has them, checked by nobody yet.
ImageMetadata raw_metadata(const VipsImage* picture);

/// Number of pages or frames, at least 1.
int page_count(const VipsImage* picture);

}  // namespace tessera::image
