// SPDX-License-Identifier: MIT
#pragma once

#include "model/network.h"
#include "nn/feature_map.h"

namespace tessera::model {

/// Planes of pack_observation's result.
int packed_planes(ObservationKind kind, int channels);

/// An observation at half resolution, as the networks read it:
///   Bayer        the four colour planes R, G, G, B of the mosaic;
///   Decimation2  the measured pixels;
///   Mask         2x2 cells of the first estimate, after `fill_steps` of thin_plate_fill(), and of
///                the mask;
///   Noise        2x2 cells of the noisy picture and of the noise level;
///   NoisyBayer   the four colour planes, and the mean noise level of each 2x2 cell.
/// Shapes  in (C, H, W) with H and W even; result (packed_planes(kind, C), H/2, W/2).
nn::FeatureMap pack_observation(ObservationKind kind,
                                const Observed& in,
                                Workspace& scratch,
                                int fill_steps = 0);

}  // namespace tessera::model
