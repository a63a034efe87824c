// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "model/architecture/architecture.h"
#include "tessera/checkpoint.h"
#include "tessera/inspect.h"

namespace tessera::model {

/// The layers of a network in the order in which they run, with their cost.
///
/// A convolution of k x k costs k*k*in*out a pixel. One step of learned conjugate gradient costs 12
/// a sample: 8 neighbours, the diagonal, and three updates. Distances cost features * 4 edges a
/// head, a metric features^2 a head. Attention costs four matrices and two products with
/// window^2 keys a pixel. Exponentials and normalisation are not counted.
std::vector<LayerFacts> layer_table(const Architecture& architecture, const Checkpoint& checkpoint);

/// Pixels away from an output pixel that its inputs can be: the layers' radii, and one more where
/// a layer runs at half size, because a pixel sees the whole of its 2x2 cell.
int receptive_radius(const std::vector<LayerFacts>& layers);

}  // namespace tessera::model
