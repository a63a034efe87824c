// SPDX-License-Identifier: MIT
#pragma once

namespace tessera::bench {

/// `rounds` of fused multiply-adds (products and sums where the processor has none fused) in
/// registers only, with the widest vectors of this processor.
/// Result  how many floating-point operations that was.
double multiply_add_loop(long rounds);

}  // namespace tessera::bench
