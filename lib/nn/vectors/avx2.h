// SPDX-License-Identifier: MIT
#pragma once

#include <immintrin.h>

#include "nn/vectors/vectors.h"

namespace tessera::nn {
namespace {

/// With fused multiply-adds.
struct Avx2 {
  using Vector [[gnu::vector_size(32)]] = float;
  static constexpr int kRows = 6, kMaxGroup = 2;  // 12 sums in 16 registers

  static void store_past_caches(float* place, const Vector& numbers) {
    _mm256_stream_ps(place, numbers);
  }
};

}  // namespace
}  // namespace tessera::nn
