// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "tensor/tensor_view.h"
#include "tessera/observation.h"

namespace tessera::classical {

/// Interpolates one tile. `tile` and each plane of `colours` have the same size; red lies at even
/// rows and even columns, blue at odd rows and odd columns, green elsewhere. What is closer than
/// the halo to the border of the tile is ignored afterwards.
/// Shapes  tile (1, h, w); colours (3, h, w), h <= kTileRows + 2 halo + 1, w likewise.
using TileKernel = std::function<void(TensorView<const float> tile, TensorView<float> colours)>;

/// Sides of the part of a tile that is kept: ten planes of it with a halo fit a second-level cache.
inline constexpr int kTileRows = 64, kTileColumns = 256;

/// Cuts a mosaic into overlapping tiles, mirrored at the border of the picture (see demosaic.h) and
/// brought to the phase RGGB, and assembles what `kernel` makes of them.
/// Shapes    mosaic (1, H, W); rgb (3, H, W).
/// Requires  `halo`: radius of the kernel in pixels.
void for_each_mosaic_tile(TensorView<const float> mosaic,
                          BayerPattern pattern,
                          int halo,
                          const TileKernel& kernel,
                          TensorView<float> rgb);

}  // namespace tessera::classical
