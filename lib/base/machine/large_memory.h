// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace tessera::base {

/// Uninitialised memory for arrays of numbers, 64-byte aligned, to be given to std::free. Large
/// blocks are asked for in huge pages: a first touch of small ones costs as much as a convolution.
/// Errors  std::bad_alloc.
void* allocate_numbers(std::size_t bytes);

}  // namespace tessera::base
