// SPDX-License-Identifier: MIT
#include "nn/vectors/avx2.h"
#include "nn/winograd/tile_kernel_impl.h"

namespace tessera::nn::winograd {

const TileKernel kAvx2Kernel = tile_kernel<Avx2>("winograd_4x4:avx2");

}  // namespace tessera::nn::winograd
