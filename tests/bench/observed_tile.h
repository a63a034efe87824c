// SPDX-License-Identifier: MIT
#pragma once

#include "model/network.h"
#include "tensor/tensor.h"

namespace tessera::bench {

/// A square tile of random samples, observed as a network expects it, and room for the result.
/// Shapes  samples, mask, estimate, out (C, side, side); sigma (1, side, side) of a denoiser.
struct ObservedTile {
  Tensor samples, mask, estimate, out;
  Tensor sigma;  ///< 25 of 255

  ObservedTile(const model::Network& network, int side);
  /// What a stage sees that continues from `current`.
  model::Observed observed(TensorView<const float> current, model::Trace* trace = nullptr) const;
};

/// The whole network on one tile; `trace`, if any, watches.
void run_all_stages(const model::Network& network,
                    ObservedTile& tile,
                    Workspace& scratch,
                    model::Trace* trace = nullptr);

}  // namespace tessera::bench
