// SPDX-License-Identifier: MIT
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cstdint>
#include <utility>

namespace tessera::graph {

/// N floats side by side. Arithmetic is per lane, one rounding per operation, so every N gives the
/// same numbers, but for multiply_add(); N = 1 is the scalar code of borders and tails.
template <int N>
struct Lanes {
  typedef float Float __attribute__((vector_size(4 * N)));
  typedef std::int32_t Int __attribute__((vector_size(4 * N)));
};
template <int N>
using Float = typename Lanes<N>::Float;

/// The N floats from `source` on; any alignment.
template <int N>
[[gnu::always_inline]] inline Float<N> load(const float* source) {
  Float<N> value;
  __builtin_memcpy(&value, source, sizeof value);
  return value;
}

/// The inverse of load.
template <int N>
[[gnu::always_inline]] inline void store(float* target, Float<N> value) {
  __builtin_memcpy(target, &value, sizeof value);
}

/// The same value in all lanes.
template <int N>
[[gnu::always_inline]] inline Float<N> broadcast(float value) {
  return Float<N>{} + value;
}

#if defined(__x86_64__)
inline constexpr __mmask16 kAllLanes = 0xFFFF;
#endif

/// a * b + c. With 8 and 16 lanes it is rounded once, by the instruction that such processors have
/// for it; with fewer the product is rounded too.
template <int N>
[[gnu::always_inline]] inline Float<N> multiply_add(Float<N> a, Float<N> b, Float<N> c) {
#if defined(__x86_64__) && defined(__clang__)
  if constexpr (N >= 8) {
    Float<N> sums;
    for (int k = 0; k < N; ++k) sums[k] = __builtin_fmaf(a[k], b[k], c[k]);
    return sums;
  } else
#elif defined(__x86_64__)
  // Unlike the functions of immintrin.h, GCC's builtins may stand in a template that is inlined
  // into a function for another target.
  if constexpr (N == 16)
    return __builtin_ia32_vfmaddps512_mask(a, b, c, kAllLanes, _MM_FROUND_CUR_DIRECTION);
  else if constexpr (N == 8)
    return __builtin_ia32_vfmaddps256(a, b, c);
  else
#endif
    return a * b + c;
}

/// N pixels of a row and their neighbours at both sides.
template <int N>
struct Window {
  Float<N> left, here, right;
};

/// The window at `row`, anywhere.
template <int N>
[[gnu::always_inline]] inline Window<N> window(const float* row) {
  return {load<N>(row - 1), load<N>(row), load<N>(row + 1)};
}

#if defined(__x86_64__)
/// Lanes `first` to 15 of `low`, then the first ones of `high`.
template <int first>
[[gnu::always_inline]] inline Float<16> shifted(Float<16> low, Float<16> high) {
#if defined(__clang__)
  return [&]<int... k>(std::integer_sequence<int, k...>) __attribute__((always_inline)) {
    return __builtin_shufflevector(low, high, (first + k)...);
  }
  (std::make_integer_sequence<int, 16>{});
#else
  // Of a shuffle GCC 12 makes a permutation by an index in a register.
  using Int = Lanes<16>::Int;
  return (Float<16>)__builtin_ia32_alignd512_mask((Int)high, (Int)low, first, Int{}, kAllLanes);
#endif
}
#endif

/// The same. With 16 lanes, where most vectors off the grid of vectors lie in two cache
/// lines, neighbours are shifted out of what is loaded on it; `before` is the vector before, and
/// becomes the one at `row`, so that windows of a row follow one another.
template <int N>
[[gnu::always_inline]] inline Window<N> window(const float* row, Float<N>& before) {
#if defined(__x86_64__)
  if constexpr (N == 16) {
    const Float<N> here = load<N>(row), after = load<N>(row + N);
    const Window<N> result{shifted<15>(before, here), here, shifted<1>(here, after)};
    before = here;
    return result;
  }
#endif
  return window<N>(row);
}

/// Floats per vector register of this processor: 16 (AVX-512), 8 (AVX2 and FMA) or 4. The choice is
/// by feature and not by processor name, which "arch=" clones would compare.
int vector_lanes();

// A kernel is one always-inlined template over N, compiled for three instruction sets.
#if defined(__x86_64__)
#define TESSERA_TARGET_16 [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]]
#define TESSERA_TARGET_8 [[gnu::target("avx2,fma")]]
#else
#define TESSERA_TARGET_16
#define TESSERA_TARGET_8
#endif

}  // namespace tessera::graph
