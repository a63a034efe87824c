// SPDX-License-Identifier: MIT
#include "bench/bf16_peak.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tessera::bench {

#if defined(__x86_64__)
namespace {

// Enough independent sums to hide the latency of two units.
constexpr int kSums = 12;

[[gnu::target("avx512f,avx512bf16")]] double run(long rounds) {
  __m512 sums[kSums];
  for (int k = 0; k < kSums; ++k) sums[k] = _mm512_set1_ps(0.01F * static_cast<float>(k));
  // Any finite numbers do; zero times 0.001 keeps the sums where they are.
  const __m512bh zeros = (__m512bh)_mm512_setzero_si512();
  const __m512bh numbers = (__m512bh)_mm512_set1_epi16(0x3A83);
  for (long round = 0; round < rounds; ++round)
#pragma GCC unroll 12
    for (int k = 0; k < kSums; ++k) {
      __m512 sum = _mm512_dpbf16_ps(sums[k], zeros, numbers);
      __asm__ volatile("" : "+v"(sum));  // opaque, so that none is shared, hoisted or dropped
      sums[k] = sum;
    }
  constexpr double kProducts = 32.0;
  return 2.0 * kProducts * kSums * static_cast<double>(rounds);
}

}  // namespace

double bf16_dot_loop(long rounds) {
  return __builtin_cpu_supports("avx512bf16") ? run(rounds) : 0.0;
}
#else
double bf16_dot_loop(long) { return 0.0; }
#endif

}  // namespace tessera::bench
