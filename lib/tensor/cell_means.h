// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor_view.h"

namespace tessera {

/// The mean over each 2x2 cell, summed row by row.
/// Shapes  plane (1, H, W), H and W even; means (1, H/2, W/2).
void cell_means(TensorView<const float> plane, TensorView<float> means);

}  // namespace tessera
