// SPDX-License-Identifier: MIT
#pragma once

namespace tessera::cli {

/// Makes the allocator keep freed blocks for the next tile instead of returning them to the system,
/// which zeroes every page anew: a quarter of the processor time of a large picture.
void keep_freed_memory();

}  // namespace tessera::cli
