// SPDX-License-Identifier: MIT
#pragma once

#include "checkpoint/weights.h"
#include "nn/conv2d.h"

namespace tessera::model {

/// A 3x3 convolution, or whatever `spec` says, with weight and bias below `weights`.
nn::Conv2d read_conv(const nn::ConvSpec& spec, const checkpoint::Weights& weights);

}  // namespace tessera::model
