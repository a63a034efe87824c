// SPDX-License-Identifier: MIT
#pragma once

/// One clone per instruction set, chosen by feature when the program is loaded. No clone fuses a
/// product with a sum, so all of them compute the same bits.
#if defined(__x86_64__) && !defined(TESSERA_SANITIZED)
#define TESSERA_NN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TESSERA_NN_CLONES
#endif
