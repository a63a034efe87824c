// SPDX-License-Identifier: MIT
#include "base/machine/large_memory.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

#include "base/rounding.h"

namespace tessera::base {
namespace {

/// A cache line, and the widest vector register.
constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

void* allocate_numbers(std::size_t bytes) {
  const bool large = bytes >= 2 * kHugePage;
  const std::size_t alignment = large ? kHugePage : kAlignment;
  const std::size_t size = rounded_up(bytes, large ? std::size_t{4096} : kAlignment);
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, size) != 0) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
  // Where the system has none the pages stay small.
  if (large) madvise(memory, size, MADV_HUGEPAGE);
#endif
  return memory;
}

}  // namespace tessera::base
