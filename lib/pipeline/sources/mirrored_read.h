// SPDX-License-Identifier: MIT
#pragma once

#include "model/network.h"
#include "tensor/tensor.h"
#include "tensor/workspace.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// Where the mirror stands that continues a picture of H rows.
enum class Mirror {
  AboutPixel,  ///< row -1 is row 1, row H is row H-2: the colour filter keeps its phase
  AboutEdge,   ///< row -1 is row 0, row H is row H-1
};

/// How far a picture is to be extended, in pixels.
struct Extension {
  int multiple = 1;  ///< of which height and width become multiples
  int border = 0;    ///< on each side at least; even, where the colour filter's phase counts
};
/// What a network asks for.
Extension extension_for(const model::Network& network);

/// A picture within a larger one, whose size is a multiple of what a network wants, whose Bayer
/// phase is RGGB, and whose border is far from the picture's. What is mirrored is mirrored again
/// where a picture is small; a single row or column is repeated.
struct PictureFrame {
  int top = 0, left = 0;      ///< rows and columns added before the picture
  int height = 0, width = 0;  ///< of the extended picture
  Mirror mirror = Mirror::AboutPixel;

  /// The frame of a picture; `top`, `left` and the border added before, and after it the border and
  /// as much as makes height and width multiples.
  static PictureFrame around(int height, int width, int top, int left, Extension extension);
  /// Likewise, mirrored about the picture's edge, and nothing else added before.
  static PictureFrame about_edge(const Image& picture, Extension extension);
  /// Row or column of the picture that stands at `position` of the frame.
  static int source_index(int position, int before, int extent, Mirror mirror = Mirror::AboutPixel);
};

/// Reads a region of the extended picture as planes in [0, 1].
/// Shapes  target (image.channels(), region.height, region.width).
void read_mirrored(const Image& image,
                   const PictureFrame& frame,
                   Region region,
                   TensorView<float> target,
                   Workspace& scratch);

}  // namespace tessera::pipeline
