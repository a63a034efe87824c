// SPDX-License-Identifier: MIT
#include "model/blocks/read_conv.h"

namespace tessera::model {

nn::Conv2d read_conv(const nn::ConvSpec& spec, const checkpoint::Weights& weights) {
  return nn::Conv2d(
      spec, weights.read("weight", {spec.out_channels, spec.in_channels, spec.kernel, spec.kernel}),
      weights.read("bias", {spec.out_channels}));
}

}  // namespace tessera::model
