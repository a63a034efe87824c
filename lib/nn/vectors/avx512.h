// SPDX-License-Identifier: MIT
#pragma once

#include <immintrin.h>

#include "nn/vectors/vectors.h"

namespace tessera::nn {
namespace {

struct Avx512 {
  using Vector [[gnu::vector_size(64)]] = float;
  static constexpr int kRows = 8, kMaxGroup = 3;  // 24 sums in 32 registers

  static void store_past_caches(float* place, const Vector& numbers) {
    _mm512_stream_ps(place, numbers);
  }
};

}  // namespace
}  // namespace tessera::nn
