// SPDX-License-Identifier: MIT
#include "classical/mosaic_tile.h"

#include <algorithm>
#include <vector>

#include "observation/sampling.h"
#include "tensor/tensor.h"

namespace tessera::classical {
namespace {

/// Mirrors an index into [0, size) without repeating the edge, which keeps its parity.
int mirrored(int index, int size) {
  if (size == 1) return 0;
  const int period = 2 * (size - 1);
  const int phase = ((index % period) + period) % period;
  return std::min(phase, period - phase);
}

/// The mosaic continued over the whole plane.
float continued_sample(TensorView<const float> mosaic, int y, int x) {
  const int height = mosaic.height(), width = mosaic.width();
  const int row = mirrored(y, height), column = mirrored(x, width);
  // A side of one pixel has samples of one parity only; the other parity is the mean of the two
  // neighbours along the other side: the same colour if that is green.
  if (height == 1 && (y & 1) != 0)
    return 0.5F * (mosaic(0, 0, mirrored(x - 1, width)) + mosaic(0, 0, mirrored(x + 1, width)));
  if (width == 1 && (x & 1) != 0)
    return 0.5F * (mosaic(0, mirrored(y - 1, height), 0) + mosaic(0, mirrored(y + 1, height), 0));
  return mosaic(0, row, column);
}

/// Fills `tile` with the continued mosaic whose absolute origin is (top, left).
void load_tile(TensorView<const float> mosaic, int top, int left, TensorView<float> tile) {
  const int width = tile.width();
  const int first = std::clamp(-left, 0, width);
  const int last = std::clamp(mosaic.width() - left, first, width);
  const bool thin = mosaic.height() == 1 || mosaic.width() == 1;
  for (int y = 0; y < tile.height(); ++y) {
    float* target = tile.row(0, y);
    if (thin) {
      for (int x = 0; x < width; ++x) target[x] = continued_sample(mosaic, top + y, left + x);
      continue;
    }
    const float* source = mosaic.row(0, mirrored(top + y, mosaic.height()));
    for (int x = 0; x < first; ++x) target[x] = source[mirrored(left + x, mosaic.width())];
    std::copy(source + left + first, source + left + last, target + first);
    for (int x = last; x < width; ++x) target[x] = source[mirrored(left + x, mosaic.width())];
  }
}

/// Parity of the rows and columns that carry red.
struct RedPhase {
  int row, column;
};

RedPhase red_phase(BayerPattern pattern) {
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 2; ++x)
      if (observation::bayer_channel(pattern, y, x) == 0) return {y, x};
  TESSERA_ASSERT(false);
  return {0, 0};
}

/// The nearest index at or before `index` of the given parity.
int aligned_before(int index, int parity) { return index - ((index ^ parity) & 1); }

}  // namespace

void for_each_mosaic_tile(TensorView<const float> mosaic,
                          BayerPattern pattern,
                          int halo,
                          const TileKernel& kernel,
                          TensorView<float> rgb) {
  TESSERA_ASSERT(mosaic.channels() == 1 && rgb.channels() == 3);
  TESSERA_ASSERT(mosaic.height() == rgb.height() && mosaic.width() == rgb.width());
  const int height = mosaic.height(), width = mosaic.width();
  const int border = 2 * halo + 1;
  const int largest_height = std::min(kTileRows, height) + border;
  const int largest_width = std::min(kTileColumns, width) + border;
  Tensor samples(1, largest_height, largest_width), colours(3, largest_height, largest_width);
  const RedPhase red = red_phase(pattern);
  for (int top = 0; top < height; top += kTileRows) {
    for (int left = 0; left < width; left += kTileColumns) {
      const int rows = std::min(kTileRows, height - top);
      const int columns = std::min(kTileColumns, width - left);
      const int tile_top = aligned_before(top - halo, red.row);
      const int tile_left = aligned_before(left - halo, red.column);
      const Shape shape{1, top + rows + halo - tile_top, left + columns + halo - tile_left};
      const TensorView<float> tile(samples.data(), shape);
      const TensorView<float> tile_colours(colours.data(), {3, shape.height, shape.width});
      load_tile(mosaic, tile_top, tile_left, tile);
      kernel(tile, tile_colours);
      const Region inside{top - tile_top, left - tile_left, rows, columns};
      for (int c = 0; c < 3; ++c)
        for (int y = 0; y < rows; ++y)
          std::copy_n(tile_colours.row(c, inside.top + y) + inside.left, columns,
                      rgb.row(c, top + y) + left);
    }
  }
}

}  // namespace tessera::classical
