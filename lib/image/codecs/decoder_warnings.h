// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace tessera::image {

/// Warnings of libtiff about tags that describe concern no pixel; a channel that no tag explains is
/// alpha, as OpenCV writes it.
bool is_harmless_to_tiff(const std::string& warning);

/// Warnings of libpng begin with the name of the chunk; those in lower case describe, except tRNS.
bool is_about_png_description(const std::string& warning);

}  // namespace tessera::image
