// SPDX-License-Identifier: MIT
#pragma once

#include "fusion/alignment/unit_cost.h"

namespace tessera::fusion {

/// Gives permuted units of spaces that positive factors pass through the lengths that the anchor's
/// units have: written times s, read over s.  Requires  maps that are complete.
void rescale_units(const ModelPair& pair, std::vector<SpaceMap>& maps);

/// Average of metrics R_k'R_k (weights w_k, sum 1) as a factor again, the one nearest to the
/// anchor's in the Frobenius norm; bits of the anchor where all factors are its.
/// Shapes   (G, D, D) each.
NamedTensor average_metric(const NamedTensor& anchor,
                           const std::vector<const NamedTensor*>& models,
                           const std::vector<double>& weights);

}  // namespace tessera::fusion
