// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor_view.h"
#include "tessera/observation.h"

namespace tessera::classical {

// Demosaicking without training. What the three functions below share:
//
// Shapes   mosaic (1, H, W); rgb (3, H, W), planes R, G, B. Any H, W >= 1.
// Units    nominally [0, 1]; nothing is clamped, so malvar and menon may overshoot at strong edges.
// Result   the measured colour of every pixel bit for bit. Outside the picture the mosaic is
//          mirrored without repeating its edge, which keeps the colours in phase; a side of one
//          pixel is continued by the mean of the neighbours along the other side, so that green
//          stays green and the colour never measured follows the one that was.
// Threads  no state; one call uses one thread. Mirroring the picture mirrors the result, bit for
// bit. Memory   a few planes of one tile, whatever the size of the picture.

/// Mean of the 2 or 4 nearest samples of the missing colour.
/// Cost  about 2 ns per pixel, output and tiles included (one AVX-512 core).
void demosaic_bilinear(TensorView<const float> mosaic, BayerPattern pattern, TensorView<float> rgb);

/// Bilinear interpolation corrected by the Laplacian of the measured colour, linear 5x5 filters.
/// Cost    about 2 ns per pixel.
/// Source  Malvar, He & Cutler, High-quality linear interpolation for demosaicing of
///         Bayer-patterned color images, ICASSP 2004, figure 2.
void demosaic_malvar(TensorView<const float> mosaic, BayerPattern pattern, TensorView<float> rgb);

/// Green is interpolated along rows and along columns; at each pixel the direction of the smaller
/// chrominance gradient wins, the other colours follow it, and a last step refines all three.
/// Cost    about 5 ns per pixel.
/// Source  Menon, Andriani & Calvagno, Demosaicing with directional filtering and a posteriori
///         decision, IEEE Transactions on Image Processing 16(1), 2007, with section III.C.
void demosaic_menon(TensorView<const float> mosaic, BayerPattern pattern, TensorView<float> rgb);

}  // namespace tessera::classical
