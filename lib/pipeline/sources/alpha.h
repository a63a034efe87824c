// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "tessera/image.h"

namespace tessera::pipeline {

/// Gives `target`, `step` times as large, the alpha of `source`, bilinear: source pixels lie at
/// multiples of `step` (1, 2 or 4) and keep their alpha bit for bit; the last row and column are
/// continued. Requires equal sample types; both have alpha.
void enlarge_alpha(const Image& source, int step, Image& target);

/// Makes alpha opaque where it is 0.
void make_transparent_opaque(Image& image);

/// A copy in which colours under alpha 0, which nobody has seen, are filled in from visible
/// neighbours, so that they cannot bleed into visible pixels of an enlargement. Unchanged when all
/// or nothing is visible.
/// Errors  Refused when the work does not fit into `memory` bytes.
Image with_hidden_colour_filled(const Image& image, std::int64_t memory);

/// Whether any pixel has alpha 0.
bool has_hidden_pixels(const Image& image);

}  // namespace tessera::pipeline
