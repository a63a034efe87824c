// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "fusion/alignment/aligned_tensors.h"

namespace tessera::fusion {

/// What it costs to take unit i of a model for unit j of the anchor.
struct UnitCost {
  Matrix cost;            ///< (n, m); 0: the same, about 1: unrelated
  Matrix signs;           ///< (n, m) of +1 and -1, the cheaper sign; empty where units have none
  bool informed = false;  ///< something was compared; otherwise all costs are 0
  Matrix heads{};  ///< what pairs of whole heads cost, if not what the plan of their units costs
};

/// Correlations of units over calibration pictures, by space; an empty matrix: nothing measured.
using Correlations = std::vector<Matrix>;

/// The two networks that are compared. `table` has their widths as models 0 and 1.
struct ModelPair {
  const TensorMap& model;
  const TensorMap& anchor;
  const SpaceTable& table;
};

/// How much activations and weights count; each is normalised by itself.
struct CostWeights {
  double activations = 0.0, weights = 1.0;
};

/// Costs of one space from correlations, and from squared distances of all that its units write and
/// read, tensors brought into the anchor's channels along their other axes by `maps`.
///
/// Tensors with another axis in a space that is not yet `solved` do not count. Where widths differ
/// only what units write counts, because what they send is shared among copies.
UnitCost unit_cost(const ModelPair& pair,
                   int space,
                   const std::vector<SpaceMap>& maps,
                   const std::vector<char>& solved,
                   const Correlations& correlations,
                   const CostWeights& weights);

/// One axis of tensor `t` at the units of a space, its other axes in the anchor's channels.
/// Shapes   (n, values) and (m, values).
struct ComparedRows {
  Matrix model, anchor;
};
ComparedRows compared_rows(const ModelPair& pair,
                           std::size_t t,
                           std::size_t axis,
                           int space,
                           const std::vector<SpaceMap>& maps);

/// Whether all axes of tensor `t` but one are in spaces that are solved.
bool others_solved(const SpaceTable& table,
                   std::size_t t,
                   std::size_t axis,
                   const std::vector<char>& solved);

/// Whether an axis has channels of a space.
bool touches(const TensorAxis& axis, int space);

/// What one operator writes ("head>") or reads ("tail<") through an axis counts as one.
std::string compared_operator(const TensorLayout& layout, std::size_t axis);

/// Weight of each unit of one network by the absolute sum of what it writes, mean 1.
std::vector<double> unit_importance(const TensorMap& tensors,
                                    const SpaceTable& table,
                                    int space,
                                    std::size_t model);

/// Units of one space as rows: every value of the tensor at that unit, repeats included.
/// Shapes   (units, values).
Matrix unit_rows(const NamedTensor& tensor,
                 const TensorAxis& axis,
                 std::size_t axis_index,
                 const SpaceTable& table,
                 std::size_t model,
                 int space);

}  // namespace tessera::fusion
