// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "tessera/export.h"
#include "tessera/image.h"

namespace tessera {

/// Colour filter array, named by the 2x2 block at the top left corner, row by row.
enum class BayerPattern { RGGB, BGGR, GRBG, GBRG };

/// "RGGB" and so on, case ignored.  Errors: InvalidArgument listing the four.
TESSERA_EXPORT BayerPattern bayer_pattern_from_name(const std::string& name);
TESSERA_EXPORT std::string name_of(BayerPattern pattern);

/// Keeps of every pixel the one colour its filter passes; alpha and colour profile are left out.
/// Shapes  RGB in, one channel of the same size and type out.  Errors: BadImage unless RGB.
TESSERA_EXPORT Image mosaic(const Image& rgb, BayerPattern pattern);

/// Keeps the pixels at even rows and even columns: ceil(w/2) x ceil(h/2).
TESSERA_EXPORT Image decimate(const Image& image);

/// A mask with each pixel missing with probability `missing` (0..1): 0 missing, 255 measured.
/// Pixel (y, x) is missing when sample y * width + x of the uniform generator of lib/base/random.h
/// lies below `missing`.  Errors: InvalidArgument for a probability outside 0..1 or an empty size.
TESSERA_EXPORT Image random_mask(int width, int height, double missing, std::uint64_t seed);

/// Adds white Gaussian noise of standard deviation `sigma_8bit` (8-bit grey levels at every depth).
/// Result  F32 in [0,1] scale, neither clipped nor rounded; same numbers as models/train/noise.py:
///         the sample at (channel, row, column) takes number (channel * height + row) * width +
///         column of the normal generator.
/// Errors  InvalidArgument for a negative sigma.
TESSERA_EXPORT Image add_gaussian_noise(const Image& image, double sigma_8bit, std::uint64_t seed);

}  // namespace tessera
