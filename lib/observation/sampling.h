// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor.h"
#include "tessera/observation.h"

namespace tessera::observation {

/// Colour plane (0 R, 1 G, 2 B) that `pattern` passes at a pixel.
int bayer_channel(BayerPattern pattern, int y, int x);

/// Mosaic plane (1, H, W) whose pixel (0, 0) has absolute coordinates (top, left) to samples and
/// mask of three planes.
void samples_from_mosaic(TensorView<const float> mosaic,
                         BayerPattern pattern,
                         int top,
                         int left,
                         TensorView<float> samples,
                         TensorView<float> mask);

/// Measured planes (C, h, w) to the grid of twice the size: measured at even rows and columns of
/// absolute coordinates.  Shapes  samples, mask (C, 2h, 2w).
void samples_from_decimated(TensorView<const float> measured,
                            TensorView<float> samples,
                            TensorView<float> mask);

/// First estimate for Bayer and decimation: normalised convolution with [1 2 1; 2 4 2; 1 2 1], that
/// is bilinear interpolation; measured samples kept. Pixels with nothing in reach become 0.
/// Shapes  all (C, H, W).
void bilinear_estimate(TensorView<const float> samples,
                       TensorView<const float> mask,
                       TensorView<float> estimate);

/// First estimate for any mask: pull-push over a pyramid of 2x2 sums, bilinear on the way down;
/// measured samples kept. Cells of the coarser levels in which nothing was measured take the mean
/// of their four neighbours, eight times in turn: a hole is filled from what surrounds it, wherever
/// it lies on the grids of the pyramid. Whole image at once: a hole of any size is filled.
/// A channel with nothing measured becomes 0.
/// Source  Gortler et al., The Lumigraph, SIGGRAPH 1996, section 3.2; the means are Jacobi steps
///         towards the harmonic filling, coarse grids first. Twin of pull_push in
///         models/train/nets/initial_estimate.py.
void pull_push_estimate(TensorView<const float> samples,
                        TensorView<const float> mask,
                        TensorView<float> estimate);

/// The levels above the picture itself: what the last step of pull_push_estimate enlarges.
/// Shapes  all (C, H, W) at half the picture's resolution; sums are values times weight, weights in
///         [0, 1]; fill is not sums.
void pull_push_coarse(TensorView<const float> sums,
                      TensorView<const float> weights,
                      TensorView<float> fill);

}  // namespace tessera::observation
