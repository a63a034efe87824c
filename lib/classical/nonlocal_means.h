// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor.h"

namespace tessera::classical {

/// What non-local means compares and where it looks.
struct NonlocalMeansSizes {
  int patch_radius = 1, search_radius = 10;  ///< pixels: patches of 2r + 1, windows likewise
  float strength = 0.4F;                     ///< h over sigma
  int halo() const { return patch_radius + search_radius; }
};

/// The sizes recommended for a noise level: larger patches and windows for stronger noise.
/// Units   sigma in 8-bit grey levels.
/// Source  Buades, Coll, Morel, Non-Local Means Denoising, Image Processing On Line 1, 2011,
///         section 5, for grey pictures and for colour.
NonlocalMeansSizes nonlocal_means_sizes(double sigma_8bit, int channels);

/// Each pixel becomes a mean over its search window, weighted by the likeness of the patches
/// around:
///   w = exp(-max(d2 - 2 sigma^2, 0) / h^2),  d2 the mean square difference over patch and colours,
/// exp(-t) computed as (1 - t/64)^64. The border is continued by its last pixel.
/// Shapes   noisy, result (C, H, W); sigma (1, H, W) over white, at each pixel.
/// Result   pixels at least sizes.halo() from a cut do not depend on where a tile was cut.
/// Cost     some 25 flops for each pixel, window position and patch row.
void nonlocal_means(TensorView<const float> noisy,
                    TensorView<const float> sigma,
                    const NonlocalMeansSizes& sizes,
                    TensorView<float> result);

}  // namespace tessera::classical
