// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "fusion/spaces/space_map.h"

namespace tessera::fusion {

/// A tensor brought into the anchor's channels: every axis by its role, spatial taps untouched.
/// Gathers copy bits; matrices multiply in double and round once.
/// `skip` names an axis that stays as it is (-1: none).
/// Shapes   row-major; block tensors keep one block per group.
NamedTensor aligned_tensor(const NamedTensor& tensor,
                           const TensorLayout& layout,
                           const SpaceTable& table,
                           const std::vector<SpaceMap>& maps,
                           int skip = -1);

/// All tensors of a network.
TensorMap aligned_tensors(const TensorMap& tensors,
                          const SpaceTable& table,
                          const std::vector<SpaceMap>& maps);

/// What keeps scores q k' / sqrt(D) as they are when heads of D units become heads of another D:
/// k copies of a unit make k times the product. 1 but for tensors of queries.
double query_scale(const TensorLayout& layout, const std::vector<SpaceMap>& maps);

/// A block tensor (G a, b, ...) as (G a, G b, ...) with zeros off the diagonal of blocks; a metric
/// (G, a, b) likewise.
NamedTensor expanded_blocks(const NamedTensor& tensor, int blocks, bool metric);
/// The inverse, for `blocks` groups.
NamedTensor collapsed_blocks(const NamedTensor& tensor, int blocks, bool metric);

}  // namespace tessera::fusion
