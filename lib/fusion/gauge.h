// SPDX-License-Identifier: MIT
#pragma once

#include "fusion/unit_cost.h"

namespace tessera::fusion {

/// Symmetries beyond permutations. Both change maps that are complete.

/// In isometric spaces replaces the map inside each matched pair of heads by the rotation that
/// brings the written features nearest to the anchor's (orthogonal Procrustes).
/// Requires  permuting maps of the heads.
/// Source    Schoenemann 1966: R = U V' of the singular value decomposition of A'B.
void rotate_heads(const ModelPair& pair, std::vector<SpaceMap>& maps);

/// Gives permuted units of spaces that positive factors pass through the lengths that the anchor's
/// units have: written times s, read over s.
void rescale_units(const ModelPair& pair, std::vector<SpaceMap>& maps);

/// Average of metrics R_k'R_k (weights w_k, sum 1) as a factor again, the one nearest to the
/// anchor's in the Frobenius norm; bits of the anchor where all factors are its.
/// Shapes   (G, D, D) each.
NamedTensor average_metric(const NamedTensor& anchor,
                           const std::vector<const NamedTensor*>& models,
                           const std::vector<double>& weights);

}  // namespace tessera::fusion
