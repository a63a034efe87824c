// SPDX-License-Identifier: MIT
#include "nn/pointwise/pixel_matrix.h"

#include <algorithm>

#include "base/assertion.h"
#include "nn/vectors/vectors.h"

namespace tessera::nn {
namespace {

const pointwise::RowKernel& kernel() {
#ifdef TESSERA_X86_KERNELS
  if (channel_block() == 16) return pointwise::kAvx512Kernel;
  if (has_avx2_fma()) return pointwise::kAvx2Kernel;
#endif
  return pointwise::kBaselineKernel;
}

/// Rows (in) of the output channels of each group, group behind group, with zeros behind the last.
LastingNumbers packed_weights(int out,
                              std::span<const float> weights,
                              const pointwise::RowKernel& kernel) {
  const std::size_t in = weights.size() / out;
  LastingNumbers packed = lasting_zeros(in * padded_channels(out));
  float* group = packed.get();
  int first = 0;
  for (int left = padded_channels(out) / kernel.block; left > 0;) {
    const int width = group_width(left, kernel.max_group), channels = width * kernel.block;
    for (int o = first; o < std::min(first + channels, out); ++o)
      for (std::size_t c = 0; c < in; ++c) group[c * channels + o - first] = weights[o * in + c];
    group += in * channels;
    first += channels;
    left -= width;
  }
  return packed;
}

}  // namespace

PixelMatrix::PixelMatrix(int out, std::span<const float> weights, std::span<const float> bias)
    : kernel_(kernel()),
      weights_(packed_weights(out, weights, kernel_)),
      bias_(lasting_zeros(padded_channels(out))),
      matrix_{.parts = static_cast<int>(weights.size()) / out / kernel_.block,
              .out_blocks = padded_channels(out) / kernel_.block,
              .weights = weights_.get(),
              .bias = bias_.get()} {
  TESSERA_ASSERT(kernel_.block == channel_block());
  TESSERA_ASSERT(weights.size() == static_cast<std::size_t>(matrix_.parts) * kernel_.block * out);
  TESSERA_ASSERT(bias.empty() || static_cast<int>(bias.size()) == out);
  std::copy(bias.begin(), bias.end(), bias_.get());
}

void PixelMatrix::rectify(float slope) {
  matrix_.rectifies = true;
  matrix_.slope = slope;
}

std::vector<float> padded_columns(int in, std::span<const float> rows) {
  const std::size_t count = rows.size() / in, padded = padded_channels(in);
  std::vector<float> columns(count * padded, 0.0F);
  for (std::size_t row = 0; row < count; ++row)
    std::copy_n(rows.data() + row * in, in, columns.data() + row * padded);
  return columns;
}

}  // namespace tessera::nn
