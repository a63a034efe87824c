// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include "image/raw/raw_file.h"
#include "tessera/interpolate.h"

namespace tessera::pipeline {

/// A mosaic as the demosaicking networks know them: white is 1, neutral is equal in all colours,
/// coded by the sRGB curve.
struct BalancedMosaic {
  Image picture;  ///< F32, one channel, not turned
  BayerPattern pattern = BayerPattern::RGGB;
  int defects = 0;                     ///< samples that were replaced
  std::array<float, 4> multipliers{};  ///< of the 2x2 cell
};

/// Takes black off, divides by white, multiplies by the white balance (its smallest factor is 1),
/// cuts each colour at white, so that clipped highlights are white and not magenta, replaces
/// defective samples (see replace_defects), and applies the sRGB curve. Noise below black stays
/// below 0.
/// Errors  InvalidArgument for a white balance that is not positive.
BalancedMosaic balanced_mosaic(const image::RawPhoto& photo,
                               const RawOptions& options,
                               int threads);

/// Replaces samples that stand alone by the median of those of their colour in the 5x5 pixels
/// around: hot ones, above four times the brightest other sample of these pixels plus 1/16 of
/// white, and dead ones, below half the darkest less 1/16. A point of light that a lens has drawn
/// reaches its neighbours and stays. Two defects within 5x5 pixels hide each other.
/// Shapes  mosaic: F32, one channel, balanced, in linear light.
/// Result  how many were replaced.
int replace_defects(Image& mosaic, int threads);

}  // namespace tessera::pipeline
