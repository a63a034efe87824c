// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor.h"
#include "tensor/workspace.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// A picture extended by at most one mirrored row or column per side, so that its size is even and
/// its Bayer phase is RGGB: row -1 is row 1, row H is row H-2. Mirroring about a pixel, not about
/// an edge, keeps the colour filter's phase. A single row or column is repeated.
struct MirroredFrame {
  int top = 0, left = 0;      ///< rows and columns added before the picture, 0 or 1
  int height = 0, width = 0;  ///< of the extended picture, even

  /// The frame of a picture; `top`, `left` added before, and as much after as makes it even.
  static MirroredFrame around(int height, int width, int top, int left);
  /// Row or column of the picture that stands at `position` of the frame.
  static int source_index(int position, int before, int extent);
};

/// Reads a region of the extended picture as planes in [0, 1].
/// Shapes  target (image.channels(), region.height, region.width).
void read_mirrored(const Image& image,
                   const MirroredFrame& frame,
                   Region region,
                   TensorView<float> target,
                   Workspace& scratch);

}  // namespace tessera::pipeline
