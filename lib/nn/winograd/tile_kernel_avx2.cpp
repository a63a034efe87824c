// SPDX-License-Identifier: MIT
#include "nn/winograd/tile_kernel_impl.h"

namespace tessera::nn::winograd {
namespace {

struct Avx2 {
  using Vector [[gnu::vector_size(32)]] = float;
  static constexpr int kRows = 6, kMaxGroup = 2;  // 12 sums in 16 registers

  static void store_past_caches(float* place, const Vector& numbers) {
    _mm256_stream_ps(place, numbers);
  }
};

}  // namespace

const TileKernel kAvx2Kernel{"winograd_4x4:avx2", kLanes<Avx2>, Avx2::kRows, Avx2::kMaxGroup,
                             convolve<Avx2>};

}  // namespace tessera::nn::winograd
