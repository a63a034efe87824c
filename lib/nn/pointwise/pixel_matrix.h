// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "nn/engine.h"
#include "nn/pointwise/row_kernel.h"

namespace tessera::nn {

/// A matrix that pixels of blocked fp32 maps are multiplied by, and the kernel that does it.
///
/// Result   a pixel's bits do not depend on the row that it stands in.
/// Threads  const use from many threads at once.
class PixelMatrix {
 public:
  /// Shapes  weights (out, in) row-major, `in` a multiple of channel_block(), see
  ///         padded_columns(); bias (out) or empty.
  PixelMatrix(int out, std::span<const float> weights, std::span<const float> bias);

  /// From now on negative sums are multiplied by `slope`.
  void rectify(float slope);
  /// Requires  row.part_offsets of in / channel_block() parts.
  void multiply(const pointwise::Row& row) const { kernel_.multiply(matrix_, row); }
  /// E.g. "pointwise:avx512".
  const char* implementation() const { return kernel_.name; }

 private:
  const pointwise::RowKernel& kernel_;
  LastingNumbers weights_, bias_;
  pointwise::Matrix matrix_;
};

/// Rows of `in` numbers with zeros behind them, up to whole blocks of channels.
/// Shapes  rows (any, in), result (any, padded_channels(in)).
std::vector<float> padded_columns(int in, std::span<const float> rows);

}  // namespace tessera::nn
