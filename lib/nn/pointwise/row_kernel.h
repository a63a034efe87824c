// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace tessera::nn::pointwise {

// This header is included where code is compiled for one instruction set, so it names nothing of
// the standard library whose functions the linker could take from there.

/// What pixels are multiplied by. B is channel_block().
struct Matrix {
  int parts = 0, out_blocks = 0;
  /// (groups, parts x B, blocks of a group x B), in the groups of output blocks that group_width()
  /// makes.
  const float* weights = nullptr;
  const float* bias = nullptr;  ///< (out_blocks x B)
  bool rectifies = false;       ///< negative sums are multiplied by `slope`
  float slope = 0.0F;
};

/// Pixels of a row, and where their products go.
struct Row {
  int pixels = 0;
  const float* in = nullptr;
  /// (Matrix::parts): where the parts of a pixel, B numbers each, begin, counted from the pixel.
  const std::ptrdiff_t* part_offsets = nullptr;
  float* out = nullptr;
  const float* added = nullptr;  ///< to the activation; null, or laid out as `out`, or `out` itself
  std::ptrdiff_t out_block = 0;  ///< floats from one output block of a pixel to the next
  int in_step = 0, out_step = 0;  ///< floats from one pixel to the next
};

/// What one instruction set offers.
struct RowKernel {
  const char* name;
  int block;      ///< B
  int max_group;  ///< output blocks that are multiplied at a time, at most
  /// out = activation(in matrix + bias) [+ added] for all pixels of the row.
  void (*multiply)(const Matrix&, const Row&);
};

extern const RowKernel kAvx512Kernel;    ///< B = 16
extern const RowKernel kAvx2Kernel;      ///< B = 8, with fused multiply-adds
extern const RowKernel kBaselineKernel;  ///< B = 8

}  // namespace tessera::nn::pointwise
