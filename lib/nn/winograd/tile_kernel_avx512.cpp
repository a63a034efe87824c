// SPDX-License-Identifier: MIT
#include "nn/vectors/avx512.h"
#include "nn/winograd/tile_kernel_impl.h"

namespace tessera::nn::winograd {

const TileKernel kAvx512Kernel = tile_kernel<Avx512>("winograd_4x4:avx512");

}  // namespace tessera::nn::winograd
