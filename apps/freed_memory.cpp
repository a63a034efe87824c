// SPDX-License-Identifier: MIT
#include "freed_memory.h"

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace tessera::cli {

void keep_freed_memory() {
#ifdef M_MMAP_THRESHOLD
  constexpr int kOneGigabyte = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kOneGigabyte);
  mallopt(M_TRIM_THRESHOLD, kOneGigabyte);
#endif
}

}  // namespace tessera::cli
