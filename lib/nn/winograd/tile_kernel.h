// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace tessera::nn::winograd {

// F(4x4, 3x3) of Lavin and Gray, "Fast algorithms for convolutional neural networks" (2016): 4x4
// outputs of a 3x3 convolution come from 6x6 inputs by 36 products for each pair of channels
// instead of 144. Here as Cook and Toom construct it from the points 0, a, -a, b, -b and infinity.
//
// This header is included where code is compiled for one instruction set, so it names nothing of
// the standard library whose functions the linker could take from there.

inline constexpr int kTile = 4;                           ///< outputs of a tile along an axis
inline constexpr int kWindow = kTile + 2;                 ///< its inputs, one before to one behind
inline constexpr int kProducts = kWindow * kWindow;       ///< for each pair of channels
inline constexpr float kPointA = 0.625F, kPointB = 1.5F;  ///< near 1, powers exact: few errors

/// Tiles that cover so many outputs along an axis.
static constexpr int tiles_along(int outputs) { return (outputs + kTile - 1) / kTile; }

/// A convolution as the kernel sees it. B is channel_block(); maps are blocked, see Layout.
struct Layer {
  int in_channels = 0, in_blocks = 0, out_blocks = 0;
  /// (36, groups, in_channels, blocks of a group x B): transformed, in the groups of output blocks
  /// that group_width() makes.
  const float* weights = nullptr;
  const float* bias = nullptr;  ///< (out_blocks x B)
  bool rectifies = false;       ///< negative sums are multiplied by `slope`
  float slope = 0.0F;
};

/// What a convolution reads and writes. A map holds so many rows of each block, `height` or, as a
/// ring of whole tiles, fewer: row y is where row y % rows is.
struct Maps {
  int height = 0, width = 0;
  int in_rows = 0, out_rows = 0;
  const float* in = nullptr;        ///< (in_blocks, in_rows, W, B)
  const float* residual = nullptr;  ///< null, or (out_blocks, out_rows, W, B), or `out` itself
  float* out = nullptr;             ///< (out_blocks, out_rows, W, B)
  bool is_read_next = false;        ///< `out` is kept in the caches
};

/// Consecutive tiles, counted row by row from the map's upper left corner.
struct TileRange {
  int first = 0, count = 0;
};

/// The numbers of some tiles before and after the products: rows of channels, tile by tile, and one
/// matrix behind the other.
struct TileMatrices {
  float* inputs = nullptr;                         ///< (36, tiles, in_blocks x B) at inputs_stride
  float* sums = nullptr;                           ///< (36, tiles, out_blocks x B) at sums_stride
  std::size_t inputs_stride = 0, sums_stride = 0;  ///< floats from one matrix to the next
};

/// What one instruction set offers.
struct TileKernel {
  const char* name;
  int block;      ///< B
  int rows;       ///< tiles are multiplied so many at a time: matrices have whole groups of them
  int max_group;  ///< output blocks that are multiplied at a time, at most
  /// Computes the tiles `now`, and fetches into the cache what `next` will read.
  void (*convolve)(const Layer&, const Maps&, TileRange now, TileRange next, const TileMatrices&);
};

extern const TileKernel kAvx512Kernel;  ///< B = 16
extern const TileKernel kAvx2Kernel;    ///< B = 8, with fused multiply-adds

}  // namespace tessera::nn::winograd
