// SPDX-License-Identifier: MIT
#include "nn/pointwise/row_kernel_impl.h"
#include "nn/vectors/baseline.h"

namespace tessera::nn::pointwise {

const RowKernel kBaselineKernel = row_kernel<Baseline>("pointwise:baseline");

}  // namespace tessera::nn::pointwise
