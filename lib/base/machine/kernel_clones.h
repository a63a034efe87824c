// SPDX-License-Identifier: MIT
#pragma once

/// Compiles a function once per instruction set and lets the loader choose. The clones add and
/// multiply in the same order without fused operations, so every processor computes the same bits.
/// Feature names on purpose: "arch=..." clones never run on a processor of another maker, however
/// capable (measured: six times slower), and GCC 12 does not inline functions into them.
#if defined(__x86_64__) && !defined(TESSERA_SANITIZED)
#define TESSERA_KERNEL_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TESSERA_KERNEL_CLONES
#endif
