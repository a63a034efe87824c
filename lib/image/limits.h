// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "image/byte_source.h"
#include "tessera/image_io.h"

namespace tessera::image {

/// Longest side that is read (libvips has the same limit).
inline constexpr int kMostColumns = 10'000'000;

/// Errors  Refused, naming both numbers, when width * height exceeds max_pixels.
void check_pixels(const std::string& name, int width, int height, const ReadOptions& options);

/// Refuses a header that promises more pixels than its file can hold, before anything is allocated.
/// Errors  BadImage "truncated ...".
void check_density(const ByteSource& source, int width, int height);

}  // namespace tessera::image
