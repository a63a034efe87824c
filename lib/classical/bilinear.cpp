// SPDX-License-Identifier: MIT
#include "base/machine/kernel_clones.h"
#include "classical/demosaic.h"
#include "classical/mosaic_tile.h"

namespace tessera::classical {
namespace {

constexpr int kRadius = 1;

/// One row whose chroma samples (red in even rows, blue in odd ones) lie where x has parity
/// `chroma`: `own` is the plane of that colour, `other` that of the other chroma colour.
TESSERA_KERNEL_CLONES
void interpolate_row(const float* __restrict above,
                     const float* __restrict here,
                     const float* __restrict below,
                     int width,
                     int chroma,
                     float* __restrict own,
                     float* __restrict green,
                     float* __restrict other) {
  for (int x = kRadius; x < width - kRadius; ++x) {
    const float horizontal = 0.5F * (here[x - 1] + here[x + 1]);
    const float vertical = 0.5F * (above[x] + below[x]);
    const float diagonal = 0.25F * ((above[x - 1] + above[x + 1]) + (below[x - 1] + below[x + 1]));
    const bool is_chroma = (x & 1) == chroma;
    own[x] = is_chroma ? here[x] : horizontal;
    green[x] = is_chroma ? 0.5F * (horizontal + vertical) : here[x];
    other[x] = is_chroma ? diagonal : vertical;
  }
}

void interpolate_tile(TensorView<const float> tile, TensorView<float> colours) {
  for (int y = kRadius; y < tile.height() - kRadius; ++y) {
    const int blue_row = y & 1;
    interpolate_row(tile.row(0, y - 1), tile.row(0, y), tile.row(0, y + 1), tile.width(), blue_row,
                    colours.row(blue_row == 0 ? 0 : 2, y), colours.row(1, y),
                    colours.row(blue_row == 0 ? 2 : 0, y));
  }
}

}  // namespace

void demosaic_bilinear(TensorView<const float> mosaic,
                       BayerPattern pattern,
                       TensorView<float> rgb) {
  for_each_mosaic_tile(mosaic, pattern, kRadius, interpolate_tile, rgb);
}

}  // namespace tessera::classical
