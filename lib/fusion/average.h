// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "fusion/spaces/space_map.h"

namespace tessera::fusion {

/// anchor + sum_k w_k (model_k - anchor): the weighted mean of networks in the anchor's channels,
/// where the anchor has what is left of 1. In double, rounded once.
///
/// Values that all models share come back bit for bit; a weight of 1 gives that model's bits.
/// Metrics are averaged as R'R, not as R.
/// Requires  the same names and shapes everywhere; weights, one per model, of any sum.
TensorMap average_tensors(const TensorMap& anchor,
                          const std::vector<TensorMap>& models,
                          const std::vector<double>& weights,
                          const SpaceTable& table);

/// base + sum_k w_k (model_k - base): task arithmetic, without alignment.
TensorMap add_tasks(const TensorMap& base,
                    const std::vector<TensorMap>& models,
                    const std::vector<double>& weights);

}  // namespace tessera::fusion
