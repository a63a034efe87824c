// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "fusion/alignment/unit_cost.h"
#include "fusion/transport/sinkhorn.h"

namespace tessera::fusion {

/// How plans are solved.
struct PlanOptions {
  double perplexity = 1.0;  ///< 1: exact plans; more: Sinkhorn set to it
  double epsilon = 0.0;     ///< above 0: Sinkhorn with this regularisation instead
  SinkhornLimits limits{};
};

/// Plans of a space and of every space below it. Heads are matched by what their parts cost when
/// these are matched at best; the parts of a matched pair then have the plan of that pair, so that
/// no unit leaves its head.
class TreePlan {
 public:
  /// Shapes  costs, by space; masses of units by space, model first.
  TreePlan(const SpaceTable& table,
           const std::vector<UnitCost>& costs,
           const std::vector<std::vector<double>>& model_masses,
           const std::vector<std::vector<double>>& anchor_masses,
           const PlanOptions& options);

  /// Writes the plans of the tree below `root` into `plans`, by space; each sums to 1.
  /// Errors  Refused when a regularised plan did not converge.
  void solve(int root, std::vector<Matrix>& plans) const;

 private:
  struct Block {
    Eigen::Index first = 0, count = 0;
  };
  struct Solution {
    Matrix plan;
    double cost = 0.0;
  };
  Block below(int child, int parent, Eigen::Index unit, std::size_t model) const;
  Solution solve_block(int space, Block rows, Block columns) const;
  Matrix plan_of(const Matrix& cost, const Marginal& mu, const Marginal& nu) const;
  void assemble(
      int space, Block rows, Block columns, double mass, std::vector<Matrix>& plans) const;

  const SpaceTable& table_;
  const std::vector<UnitCost>& costs_;
  const std::vector<std::vector<double>>&model_masses_, &anchor_masses_;
  PlanOptions options_;
  std::vector<std::vector<int>> children_;
};

}  // namespace tessera::fusion
