// SPDX-License-Identifier: MIT
#include "nn/winograd/tile_kernel_impl.h"

namespace tessera::nn::winograd {
namespace {

struct Avx512 {
  using Vector [[gnu::vector_size(64)]] = float;
  static constexpr int kRows = 8, kMaxGroup = 3;  // 24 sums in 32 registers

  static void store_past_caches(float* place, const Vector& numbers) {
    _mm512_stream_ps(place, numbers);
  }
};

}  // namespace

const TileKernel kAvx512Kernel{"winograd_4x4:avx512", kLanes<Avx512>, Avx512::kRows,
                               Avx512::kMaxGroup, convolve<Avx512>};

}  // namespace tessera::nn::winograd
