// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor.h"
#include "tensor/workspace.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// Where the mirror stands that continues a picture of H rows.
enum class Mirror {
  AboutPixel,  ///< row -1 is row 1, row H is row H-2: the colour filter keeps its phase
  AboutEdge,   ///< row -1 is row 0, row H is row H-1
};

/// A picture extended by mirrored rows and columns, at most one before it, so that its size is a
/// multiple of what a network wants and its Bayer phase is RGGB. What is mirrored is mirrored again
/// where a picture is small; a single row or column is repeated.
struct MirroredFrame {
  int top = 0, left = 0;      ///< rows and columns added before the picture, 0 or 1
  int height = 0, width = 0;  ///< of the extended picture
  Mirror mirror = Mirror::AboutPixel;

  /// The frame of a picture; `top`, `left` added before, and as much after as makes height and
  /// width multiples of `multiple`.
  static MirroredFrame around(int height, int width, int top, int left, int multiple);
  /// Row or column of the picture that stands at `position` of the frame.
  static int source_index(int position, int before, int extent, Mirror mirror = Mirror::AboutPixel);
};

/// Reads a region of the extended picture as planes in [0, 1].
/// Shapes  target (image.channels(), region.height, region.width).
void read_mirrored(const Image& image,
                   const MirroredFrame& frame,
                   Region region,
                   TensorView<float> target,
                   Workspace& scratch);

}  // namespace tessera::pipeline
