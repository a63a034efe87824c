// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor_view.h"
#include "tensor/workspace.h"

namespace tessera::model {

/// Heavy-ball steps towards the picture of least bending |L x|^2 that keeps the measured samples,
/// L the Laplacian of the four neighbours that exist: a discrete thin plate through them.
/// Shapes  start (C, H, W); mask (1 or C, H, W): 1 measured, 0 free; x (C, H, W), not `start`.
/// Result  a pixel depends on 2 * steps pixels to each side; same bits whatever the tile and
///         however many threads inside.
/// Cost    one pass over memory: all steps run in turn on the rows that are in the cache.
/// Source  Polyak 1964, tuned to the spectrum [1.2, 64]; twin of thin_plate in
///         models/train/nets/initial_estimate.py.
void thin_plate_fill(TensorView<const float> start,
                     TensorView<const float> mask,
                     int steps,
                     TensorView<float> x,
                     Workspace& scratch);

}  // namespace tessera::model
