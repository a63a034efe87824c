// SPDX-License-Identifier: MIT
#include "nn/pointwise/row_kernel_impl.h"
#include "nn/vectors/avx512.h"

namespace tessera::nn::pointwise {

const RowKernel kAvx512Kernel = row_kernel<Avx512>("pointwise:avx512");

}  // namespace tessera::nn::pointwise
