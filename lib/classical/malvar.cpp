// SPDX-License-Identifier: MIT
#include "base/machine/kernel_clones.h"
#include "classical/demosaic.h"
#include "classical/mosaic_tile.h"

namespace tessera::classical {
namespace {

constexpr int kRadius = 2;

/// One row whose chroma samples (red in even rows, blue in odd ones) lie where x has parity
/// `chroma`: `own` is the plane of that colour, `other` that of the other chroma colour.
/// The four kernels of figure 2, all over 8: sums of equally weighted samples come first.
TESSERA_KERNEL_CLONES
void interpolate_row(const float* __restrict above2,
                     const float* __restrict above,
                     const float* __restrict here,
                     const float* __restrict below,
                     const float* __restrict below2,
                     int width,
                     int chroma,
                     float* __restrict own,
                     float* __restrict green,
                     float* __restrict other) {
  for (int x = kRadius; x < width - kRadius; ++x) {
    const float centre = here[x];
    const float horizontal = here[x - 1] + here[x + 1];
    const float vertical = above[x] + below[x];
    const float diagonal = (above[x - 1] + above[x + 1]) + (below[x - 1] + below[x + 1]);
    const float far_horizontal = here[x - 2] + here[x + 2];
    const float far_vertical = above2[x] + below2[x];
    const float cross = horizontal + vertical, far_cross = far_horizontal + far_vertical;
    const float green_here = 0.125F * (4.0F * centre + 2.0F * cross - far_cross);
    const float other_here = 0.125F * (6.0F * centre + 2.0F * diagonal - 1.5F * far_cross);
    const float own_beside = 0.125F * (5.0F * centre + 4.0F * horizontal - diagonal -
                                       far_horizontal + 0.5F * far_vertical);
    const float other_beside = 0.125F * (5.0F * centre + 4.0F * vertical - diagonal - far_vertical +
                                         0.5F * far_horizontal);
    const bool is_chroma = (x & 1) == chroma;
    own[x] = is_chroma ? centre : own_beside;
    green[x] = is_chroma ? green_here : centre;
    other[x] = is_chroma ? other_here : other_beside;
  }
}

void interpolate_tile(TensorView<const float> tile, TensorView<float> colours) {
  for (int y = kRadius; y < tile.height() - kRadius; ++y) {
    const int blue_row = y & 1;
    interpolate_row(tile.row(0, y - 2), tile.row(0, y - 1), tile.row(0, y), tile.row(0, y + 1),
                    tile.row(0, y + 2), tile.width(), blue_row,
                    colours.row(blue_row == 0 ? 0 : 2, y), colours.row(1, y),
                    colours.row(blue_row == 0 ? 2 : 0, y));
  }
}

}  // namespace

void demosaic_malvar(TensorView<const float> mosaic, BayerPattern pattern, TensorView<float> rgb) {
  for_each_mosaic_tile(mosaic, pattern, kRadius, interpolate_tile, rgb);
}

}  // namespace tessera::classical
