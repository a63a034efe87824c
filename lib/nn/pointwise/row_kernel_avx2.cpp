// SPDX-License-Identifier: MIT
#include "nn/pointwise/row_kernel_impl.h"
#include "nn/vectors/avx2.h"

namespace tessera::nn::pointwise {

const RowKernel kAvx2Kernel = row_kernel<Avx2>("pointwise:avx2");

}  // namespace tessera::nn::pointwise
