// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "fusion/alignment/residual_join.h"
#include "fusion/alignment/tree_plan.h"
#include "tessera/fuse.h"

namespace tessera::fusion {

/// How a network is brought into the channels of another.
struct MatchOptions {
  CostWeights costs{};
  PlanOptions plans{};
  bool importance = false;  ///< masses by what units write instead of equal ones
  bool flat = false;        ///< units are matched across heads
  bool rotate = false;   ///< inside matched heads, a rotation instead of a plan (isometric spaces)
  bool rescale = false;  ///< factors that give written units the anchor's lengths
  int sweeps = 20;       ///< of weight matching, at most
  BranchWeights branch_weights{};  ///< by space, for sums with maps of their own; empty: none
};

struct Matching {
  std::vector<SpaceMap> maps;     ///< by space of the pair's table
  std::vector<FuseSpace> spaces;  ///< how well each was matched; without hashes
  int sweeps = 0;
};

/// Finds a map for every space: spaces in the order of computation, each by activations or by the
/// weights whose other axes are matched already; then sweeps of weight matching over all spaces
/// while they bring the weights nearer.
/// Source  Imfeld et al., ICLR 2024; Ainsworth et al., Git Re-Basin, ICLR 2023, section 3.2.
Matching match_networks(const ModelPair& pair,
                        const Correlations& correlations,
                        const MatchOptions& options);

/// 1: the two were trained from a common ancestor, 0: apart; the mean over units of how much of
/// the gain of matching the identity has already, however soft the plans were. NaN where widths
/// differ everywhere.
double ancestry_score(const std::vector<FuseSpace>& spaces);

/// Mean relative squared distance of the aligned tensors from the anchor's.
double aligned_distance(const ModelPair& pair, const std::vector<SpaceMap>& maps);

}  // namespace tessera::fusion
