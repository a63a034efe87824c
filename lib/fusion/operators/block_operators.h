// SPDX-License-Identifier: MIT
#pragma once

#include "fusion/operators/operator_graph.h"
#include "model/training_form/training_form.h"

namespace tessera::fusion {

/// Appends the operators of a training block on value h: convolutions and batch normalisations of
/// its branches, and their sum.
/// Result  the number of the sum.
/// Errors  BadCheckpoint naming the operation that has no place among operators: gates, pools and
///         masks; padding other than zeros; a second spatial convolution whose padding is exact.
int block_value(OperatorGraph& graph,
                int h,
                const model::PlacedBlock& block,
                const Checkpoint& checkpoint);

}  // namespace tessera::fusion
