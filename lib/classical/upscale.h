// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor_view.h"

namespace tessera::classical {

// Enlargement to twice the size without training: measured pixel (y, x) lands at (2y, 2x) and is
// kept bit for bit; the others are interpolated at their true positions, half way between. The
// border is continued by its last pixel. Separable, one thread, no state.
// Shapes  measured (C, h, w), h, w >= 1; result (C, 2h, 2w).

/// Mean of the 2 or 4 nearest measured pixels.
void upscale2_bilinear(TensorView<const float> measured, TensorView<float> result);

/// Cubic convolution, a = -1/2 (Catmull-Rom): half-way weights -1 9 9 -1 over 16. May overshoot.
/// Source  Keys, Cubic convolution interpolation for digital image processing, IEEE Transactions on
///         Acoustics, Speech and Signal Processing 29(6), 1981.
void upscale2_bicubic(TensorView<const float> measured, TensorView<float> result);

}  // namespace tessera::classical
