// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "image/byte_source.h"
#include "tessera/image.h"

namespace tessera::image {

/// Refuses a TIFF file whose samples libvips cannot read; such a file is not damaged for that.
/// Requires kind() Tiff.
/// Errors  BadImage naming bits and format of a sample.
/// Source  TIFF 6.0, BitsPerSample and SampleFormat.
void refuse_unsupported_tiff_samples(const ByteSource& source);

/// Refuses a TIFF file whose first picture is in a colour space that libvips takes for RGB or grey.
/// Requires kind() Tiff.
/// Errors  BadImage naming the colour space.
/// Source  TIFF 6.0, PhotometricInterpretation.
void refuse_mistaken_tiff_colours(const ByteSource& source);

/// Where a TIFF file stores colours times alpha (ExtraSamples 1), libvips 8.14 divides as if white
/// were 255 for floats, and rounds down for integers: puts that right. A last sample that the file
/// does not call alpha is told in `warnings`.
/// Requires kind() Tiff; `image` as it was decoded from it, pixels in stored order or turned.
void settle_tiff_alpha(const ByteSource& source, Image& image, std::vector<std::string>& warnings);

}  // namespace tessera::image
