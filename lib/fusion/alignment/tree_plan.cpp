// SPDX-License-Identifier: MIT
#include "fusion/alignment/tree_plan.h"

#include <fmt/format.h>

#include <numeric>

#include "tessera/error.h"

namespace tessera::fusion {
namespace {

// Ties go to the unit of the same number: far below differences that mean anything, above the
// rounding of costs to integers.
constexpr double kTieShare = 1e-9;
// Costs are about 1 for unrelated units; where none differ by more, that is the rounding of sums.
constexpr double kSameCost = 1e-12;
// Rounding of masses to integers leaves crumbs.
constexpr double kCrumb = 1e-9;

Marginal normalised(const std::vector<double>& masses, Eigen::Index first, Eigen::Index count) {
  Marginal part(masses.begin() + first, masses.begin() + first + count);
  const double sum = std::accumulate(part.begin(), part.end(), 0.0);
  for (double& mass : part) mass /= sum;
  return part;
}

}  // namespace

TreePlan::TreePlan(const SpaceTable& table,
                   const std::vector<UnitCost>& costs,
                   const std::vector<std::vector<double>>& model_masses,
                   const std::vector<std::vector<double>>& anchor_masses,
                   const PlanOptions& options)
    : table_(table),
      costs_(costs),
      model_masses_(model_masses),
      anchor_masses_(anchor_masses),
      options_(options),
      children_(table.spaces.size()) {
  for (std::size_t s = 0; s < table.spaces.size(); ++s)
    if (table.spaces[s].parent >= 0)
      children_[static_cast<std::size_t>(table.spaces[s].parent)].push_back(static_cast<int>(s));
}

TreePlan::Block TreePlan::below(int child, int parent, Eigen::Index unit, std::size_t model) const {
  const Eigen::Index size = table_.spaces[static_cast<std::size_t>(child)].widths[model] /
                            table_.spaces[static_cast<std::size_t>(parent)].widths[model];
  return {unit * size, size};
}

Matrix TreePlan::plan_of(const Matrix& cost, const Marginal& mu, const Marginal& nu) const {
  const double range = cost.maxCoeff() - cost.minCoeff();
  if (options_.perplexity <= 1.0 && options_.epsilon <= 0.0) {
    Matrix tied = cost;
    if (cost.rows() == cost.cols())
      tied.diagonal().array() -= kTieShare * (range > 0.0 ? range : 1.0);
    Matrix plan = exact_plan(tied, mu, nu);
    const double crumb = kCrumb / static_cast<double>(std::max(plan.rows(), plan.cols()));
    return (plan.array() < crumb).select(0.0, plan);
  }
  // Rounding must not be scaled up to costs: of units all alike the product is the plan.
  if (range <= kSameCost)
    return Eigen::Map<const Eigen::VectorXd>(mu.data(), cost.rows()) *
           Eigen::Map<const Eigen::RowVectorXd>(nu.data(), cost.cols());
  // The published recipe divides costs by their largest.
  const Matrix scaled = cost / std::max(cost.maxCoeff(), 1e-300);
  const SinkhornResult result =
      options_.epsilon > 0.0
          ? sinkhorn(scaled, mu, nu, options_.epsilon, options_.limits)
          : sinkhorn_for_perplexity(scaled, mu, nu, options_.perplexity, options_.limits);
  if (!result.converged)
    throw Error(ErrorCode::Refused,
                fmt::format("the regularised plan of {} x {} units did not converge: columns are "
                            "off by {:.2g}; raise the perplexity or the iterations",
                            cost.rows(), cost.cols(), result.error));
  return result.plan;
}

TreePlan::Solution TreePlan::solve_block(int space, Block rows, Block columns) const {
  const auto s = static_cast<std::size_t>(space);
  Matrix cost = costs_[s].cost.block(rows.first, columns.first, rows.count, columns.count);
  for (const int child : children_[s]) {
    if (const Matrix& whole = costs_[static_cast<std::size_t>(child)].heads; whole.size() != 0) {
      cost += whole.block(rows.first, columns.first, rows.count, columns.count);
      continue;
    }
    for (Eigen::Index i = 0; i < rows.count; ++i)
      for (Eigen::Index j = 0; j < columns.count; ++j)
        cost(i, j) += solve_block(child, below(child, space, rows.first + i, 0),
                                  below(child, space, columns.first + j, 1))
                          .cost;
  }
  Solution solution;
  if (table_.spaces[s].fixed && rows.count == columns.count)
    solution.plan = Matrix::Identity(rows.count, columns.count) / static_cast<double>(rows.count);
  else
    solution.plan = plan_of(cost, normalised(model_masses_[s], rows.first, rows.count),
                            normalised(anchor_masses_[s], columns.first, columns.count));
  solution.cost = transport_cost(cost, solution.plan);
  return solution;
}

void TreePlan::assemble(
    int space, Block rows, Block columns, double mass, std::vector<Matrix>& plans) const {
  const Matrix plan = solve_block(space, rows, columns).plan;
  plans[static_cast<std::size_t>(space)].block(rows.first, columns.first, rows.count,
                                               columns.count) += mass * plan;
  for (const int child : children_[static_cast<std::size_t>(space)])
    for (Eigen::Index i = 0; i < rows.count; ++i)
      for (Eigen::Index j = 0; j < columns.count; ++j)
        if (plan(i, j) > 0.0)
          assemble(child, below(child, space, rows.first + i, 0),
                   below(child, space, columns.first + j, 1), mass * plan(i, j), plans);
}

void TreePlan::solve(int root, std::vector<Matrix>& plans) const {
  std::vector<int> tree{root};
  for (std::size_t k = 0; k < tree.size(); ++k) {
    const auto s = static_cast<std::size_t>(tree[k]);
    plans[s] = Matrix::Zero(table_.spaces[s].widths[0], table_.spaces[s].widths[1]);
    tree.insert(tree.end(), children_[s].begin(), children_[s].end());
  }
  const auto r = static_cast<std::size_t>(root);
  assemble(root, {0, table_.spaces[r].widths[0]}, {0, table_.spaces[r].widths[1]}, 1.0, plans);
}

}  // namespace tessera::fusion
