// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "fusion/alignment/unit_cost.h"

namespace tessera::fusion {

/// Whether rotations of the units inside a head pass through the network: features that enter by
/// their distances, queries with keys, values with what reads them.
bool rotates(const ChannelSpace& space);

/// What pairs of heads cost when the units of each pair are rotated at best, in all that they
/// write and, with equal widths, send: 0 the same, about 1 unrelated. No rotation inside a head
/// changes it. Tensors with another axis in a space not yet `solved` do not count.
/// Requires  rotates(space), with a parent.
/// Shapes    (heads of the model, of the anchor); empty when nothing can be compared yet.
/// Source    least |R'A - B|^2 = |A|^2 + |B|^2 - 2 (sum of singular values of A B').
Matrix rotated_head_costs(const ModelPair& pair,
                          int space,
                          const std::vector<SpaceMap>& maps,
                          const std::vector<char>& solved);

/// Replaces the map inside each matched pair of heads by the rotation that brings the model's units
/// nearest to the anchor's (orthogonal Procrustes). Nothing changes where heads are not permuted,
/// where the map is that rotation already, or for attention with another head dimension.
/// Requires  rotates(space), with a parent whose map is known.
/// Source    Schoenemann 1966: R = U V' of the singular value decomposition of A B'.
void rotate_heads(const ModelPair& pair,
                  int space,
                  std::vector<SpaceMap>& maps,
                  const std::vector<char>& solved);

/// The orthogonal matrix nearest to `product`.  Shapes  (n, m).
Matrix nearest_rotation(const Matrix& product);

}  // namespace tessera::fusion
