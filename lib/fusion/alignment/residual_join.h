// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "fusion/correction/activation_moments.h"
#include "fusion/spaces/space_map.h"

namespace tessera::fusion {

/// What map the sum of a stream and a branch has. All but the first change what a network computes
/// wherever the two maps differ.
enum class Residual {
  Shared,  ///< one map for both and for the sum
  Mean,    ///< half of each
  Scalar,  ///< a of the branch's, 1 - a of the stream's, a = E|branch| / (E|branch| + E|stream|)
  PerChannel,  ///< likewise with an a for each of the anchor's channels
};

/// Weights a of the branches, by space.  Shapes  (units of the anchor) for sums, else empty.
using BranchWeights = std::vector<Eigen::VectorXd>;

/// The weights by the anchor's activations on the pictures, averaged over the sums of a space.
/// `table` has the anchor as model 1.
/// Requires  pictures, for Scalar and PerChannel.
/// Result    the same for any number of threads.
/// Source    Imfeld et al., Transformer Fusion with Optimal Transport, ICLR 2024, section 4.2.1.
BranchWeights branch_weights(Residual residual,
                             const RunnableNetwork& anchor,
                             const SpaceTable& table,
                             const std::vector<CalibrationSample>& pictures,
                             base::ThreadPool& pool);

/// `weight` times each matrix of the branch's plus the rest of the stream's, column by column;
/// where both are the same, that map.
SpaceMap joined_map(const SpaceMap& stream, const SpaceMap& branch, const Eigen::VectorXd& weight);

}  // namespace tessera::fusion
