// SPDX-License-Identifier: MIT
#pragma once

#include "tessera/image.h"
#include "tessera/observation.h"

namespace tessera::pipeline {

/// One of the eight symmetries of the square: rows and columns reversed as wanted, then rows and
/// columns exchanged as wanted.
struct Turn {
  bool flip_rows = false, flip_columns = false, transpose = false;

  /// Turn number 0..7; 0 changes nothing.
  static Turn numbered(int index);
};

/// The turned picture, with alpha, without metadata.
Image turned(const Image& image, Turn turn);
/// The inverse: turned_back(turned(image, t), t) is the image.
Image turned_back(const Image& image, Turn turn);
/// The colour filter of a turned mosaic of height x width.
BayerPattern turned_pattern(BayerPattern pattern, int height, int width, Turn turn);

}  // namespace tessera::pipeline
