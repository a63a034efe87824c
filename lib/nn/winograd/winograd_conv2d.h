// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "nn/conv2d.h"
#include "nn/engine.h"
#include "nn/feature_map_impl.h"
#include "nn/winograd/tile_kernel.h"

namespace tessera::nn {

/// A 3x3 convolution without dilation in fp32, by Winograd's F(4x4, 3x3).
///
/// Tiles of 4x4 outputs are computed some tens at a time: their inputs are transformed, multiplied
/// as 36 matrices and transformed back while all of it stays in a core's second-level cache.
/// oneDNN's own (jit_wino_4x3) takes 1.2 to 1.6 times as long, see tests/bench/changes.md.
///
/// Result   the same bits for a tile wherever it stands in a map, whoever computes it.
/// Threads  const use from many threads at once; forward() shares the work with the threads inside.
class WinogradConv2d {
 public:
  /// Whether this processor has the vectors: AVX-512, or AVX2 with fused multiply-adds.
  static bool is_possible();

  /// Shapes  weights (out, in, 3, 3) row-major; bias (out) or empty.
  WinogradConv2d(const ConvSpec& spec, std::span<const float> weights, std::span<const float> bias);

  /// out = activation(conv(in) + bias) [+ residual].
  /// Shapes  in (in_channels, H, W), out and residual (out_channels, H, W), blocked fp32. `out` is
  ///         reset; the residual is null, another map or `out` itself.
  void forward(const FeatureMap::Impl& in,
               FeatureMap::Impl& out,
               const FeatureMap::Impl* residual) const;
  /// What forward() reads and writes.
  winograd::Maps maps_of(const FeatureMap::Impl& in,
                         const FeatureMap::Impl& out,
                         const FeatureMap::Impl* residual) const;
  /// Computes the tiles `now` on the calling thread, and fetches what `next` will read.
  void convolve(const winograd::Maps& maps,
                winograd::TileRange now,
                winograd::TileRange next) const;
  /// How many of so many tiles to give to a call of convolve(), the last call fewer: whole groups
  /// of the kernel's rows, no more than stay in the cache, and as many calls for each of `threads`.
  int tiles_per_call(int tiles, int threads) const;
  const ConvSpec& spec() const { return spec_; }
  /// E.g. "winograd_4x4:avx512".
  std::string implementation() const;
  /// Bytes that each thread keeps.
  std::size_t scratch_bytes() const;

 private:
  /// Strides only.
  winograd::TileMatrices matrices() const;
  winograd::Layer layer() const;

  const winograd::TileKernel& kernel_;
  ConvSpec spec_;
  int tiles_ = 0;           ///< at a time
  LastingNumbers weights_;  ///< as winograd::Layer has them
  LastingNumbers bias_;
};

/// out = first(in) + second(more), the bits of one forward() after the other: what lies between
/// them stays in the caches.
void forward_sum(const WinogradConv2d& first,
                 const FeatureMap::Impl& in,
                 const WinogradConv2d& second,
                 const FeatureMap::Impl& more,
                 FeatureMap::Impl& out);

}  // namespace tessera::nn
