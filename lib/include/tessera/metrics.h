// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/export.h"
#include "tessera/image.h"

namespace tessera {

/// Peak signal-to-noise ratio in dB over all channels, alpha ignored, `border` pixels cropped on
/// each side. Both pictures are brought to [0,1] by their own max_value; 8-bit pictures as they
/// are. Result  +infinity for identical pictures, also when one has 8 bits and the other 16. Errors
/// BadImage naming both sizes when they differ, or when the border leaves no pixel.
TESSERA_EXPORT double psnr(const Image& reference, const Image& restored, int border = 0);

/// Structural similarity of Wang et al. 2004 (IEEE TIP 13(4)): Gaussian window 11x11, sigma 1.5,
/// K1 0.01, K2 0.03, valid region only, mean over positions and channels.
/// Result  1 for identical pictures.  Cost: memory of 11 rows.
/// Errors  BadImage when sizes differ or a side, border cropped, is under 11 pixels.
TESSERA_EXPORT double ssim(const Image& reference, const Image& restored, int border = 0);

}  // namespace tessera
