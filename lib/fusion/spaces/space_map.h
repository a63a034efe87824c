// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "fusion/spaces/channel_spaces.h"
#include "fusion/transport/transport_plan.h"

namespace tessera::fusion {

/// Where the n units of a model go among the m units of the anchor, in one space. One plan gives
/// three matrices: what is written is averaged (columns of `pull` sum to 1), what a unit sends is
/// shared out (rows of `push` sum to 1), and what enters by squared distance keeps its length
/// (`root`). With n = m and a permutation all three are that permutation.
struct SpaceMap {
  Matrix pull, push, root;  ///< (n, m), signs and scales included; empty for a permutation
  Matrix plain;             ///< pull without signs and scales; empty for a permutation
  Matrix inside;            ///< push among a unit's copies in one head; empty: as push
  bool permutes = true;
  bool rotates = false;        ///< orthogonal blocks inside heads instead of a plan
  std::vector<int> source;     ///< permutes: unit of the model for each of the anchor's
  std::vector<double> factor;  ///< permutes: sign times scale, by unit of the anchor

  int from() const {
    return permutes ? static_cast<int>(source.size()) : static_cast<int>(pull.rows());
  }
  int to() const {
    return permutes ? static_cast<int>(source.size()) : static_cast<int>(pull.cols());
  }
  bool is_identity() const;
  friend bool operator==(const SpaceMap& a, const SpaceMap& b);
};

SpaceMap identity_map(int width);

/// The map of a plan.  Shapes  plan (n, m); signs (n, m) of +1 and -1, or empty.
/// Source   pull and push: transport of producers and consumers; ZipIt's merge and unmerge.
SpaceMap map_of(const Matrix& plan, const Matrix& signs);

/// Where whole heads are copied or merged, every copy of a head keeps its own distances: `inside`
/// and `root` of units become those of the pair of heads they are in.
/// Requires n and m multiples of the numbers of heads.
void settle_in_heads(SpaceMap& map, const SpaceMap& heads);

/// A map of isometries inside heads instead of a plan.  Shapes  (n, m), orthogonal blocks.
SpaceMap rotation_map(const Matrix& rotation);

/// How one axis is rearranged: a gather with factors, or a matrix.
struct AxisMap {
  bool gathers = true;
  std::vector<int> source;
  std::vector<double> factor;
  Matrix dense;  ///< (from, to) unless it gathers

  int to() const {
    return gathers ? static_cast<int>(source.size()) : static_cast<int>(dense.cols());
  }
};

/// The maps of an axis's parts, one after another, each repeated inside. `in_blocks`: of a tensor
/// whose heads or groups meet only themselves.
AxisMap axis_map(const TensorAxis& axis,
                 const std::vector<ChannelSpace>& spaces,
                 const std::vector<SpaceMap>& maps,
                 bool in_blocks);

}  // namespace tessera::fusion
