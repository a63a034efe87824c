// SPDX-License-Identifier: MIT
#pragma once

namespace tessera::bench {

/// `rounds` of bf16 dot-product accumulations in registers only, with the widest vectors.
/// Result  how many floating-point operations that was; 0 when the processor has no such
///         instruction.
double bf16_dot_loop(long rounds);

}  // namespace tessera::bench
