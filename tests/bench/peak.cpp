// SPDX-License-Identifier: MIT
#include "bench/peak.h"

#include "graph/kernels/vector_lanes.h"

namespace tessera::bench {
namespace {

// Enough independent sums to hide the latency of two units. The empty assembler statement makes
// every sum opaque, so that none is shared, hoisted or dropped.
constexpr int kSums = 12;

template <int N>
[[gnu::always_inline]] inline double run(long rounds) {
  using graph::Float;
  Float<N> sums[kSums];
  for (int k = 0; k < kSums; ++k) sums[k] = graph::broadcast<N>(0.01F * static_cast<float>(k));
  const Float<N> factor = graph::broadcast<N>(0.999F), addend = graph::broadcast<N>(0.001F);
  for (long round = 0; round < rounds; ++round)
#pragma GCC unroll 12
    for (int k = 0; k < kSums; ++k) {
      Float<N> sum = sums[k] * factor + addend;
#if defined(__x86_64__)
      __asm__ volatile("" : "+v"(sum));
#endif
      sums[k] = sum;
    }
  return 2.0 * N * kSums * static_cast<double>(rounds);
}

#if defined(__x86_64__)
[[gnu::target("avx512f,fma")]] double run_16(long rounds) { return run<16>(rounds); }
[[gnu::target("avx2,fma")]] double run_8(long rounds) { return run<8>(rounds); }
#else
double run_16(long rounds) { return run<4>(rounds); }
double run_8(long rounds) { return run<4>(rounds); }
#endif
double run_4(long rounds) { return run<4>(rounds); }

}  // namespace

double multiply_add_loop(long rounds) {
  const int lanes = graph::vector_lanes();
  return lanes >= 16 ? run_16(rounds) : lanes >= 8 ? run_8(rounds) : run_4(rounds);
}

}  // namespace tessera::bench
