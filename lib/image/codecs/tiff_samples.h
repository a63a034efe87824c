// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "image/byte_source.h"

namespace tessera::image {

/// The samples of the first picture of a TIFF file in words, "64-bit float", if they are none that
/// can be read; else nothing.
/// Requires kind() Tiff.
/// Source  TIFF 6.0, BitsPerSample and SampleFormat.
std::string unsupported_tiff_samples(const ByteSource& source);

}  // namespace tessera::image
