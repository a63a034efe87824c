// SPDX-License-Identifier: MIT
#include "fusion/transport/transport_plan.h"

#include <fmt/format.h>
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "base/assertion.h"
#include "tessera/error.h"

namespace tessera::fusion {
namespace {

constexpr double kCostSteps = 0x1p36;  // times the nodes far below 2^63
constexpr std::int64_t kMassSteps = std::int64_t{1} << 44;

/// None negative, and a sum that they can be shares of.
bool are_masses(const Marginal& marginal) {
  const double sum = std::accumulate(marginal.begin(), marginal.end(), 0.0);
  return sum > 0.0 && std::isfinite(sum) &&
         std::all_of(marginal.begin(), marginal.end(), [](double mass) { return mass >= 0.0; });
}

bool is_uniform(const Marginal& marginal) {
  return std::all_of(marginal.begin(), marginal.end(),
                     [&](double mass) { return mass == marginal.front(); });
}

/// Masses as integers that sum to kMassSteps: rounded down, the largest remainders first up again.
std::vector<std::int64_t> integer_masses(const Marginal& marginal) {
  const double sum = std::accumulate(marginal.begin(), marginal.end(), 0.0);
  std::vector<std::int64_t> masses(marginal.size());
  std::vector<double> remainder(marginal.size());
  std::int64_t total = 0;
  for (std::size_t i = 0; i < marginal.size(); ++i) {
    const double exact = marginal[i] / sum * static_cast<double>(kMassSteps);
    masses[i] = static_cast<std::int64_t>(std::floor(exact));
    remainder[i] = exact - std::floor(exact);
    total += masses[i];
  }
  std::vector<std::size_t> order(marginal.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainder[a] > remainder[b]; });
  for (std::size_t k = 0; total < kMassSteps; k = (k + 1) % order.size(), ++total)
    ++masses[order[k]];
  return masses;
}

struct IntegerMarginals {
  std::vector<std::int64_t> supply, demand;
  std::int64_t total = 0;
};

IntegerMarginals integer_marginals(const Marginal& mu, const Marginal& nu) {
  if (!is_uniform(mu) || !is_uniform(nu))
    return {integer_masses(mu), integer_masses(nu), kMassSteps};
  const auto n = static_cast<std::int64_t>(mu.size()), m = static_cast<std::int64_t>(nu.size());
  const std::int64_t g = std::gcd(n, m);
  return {std::vector<std::int64_t>(mu.size(), m / g), std::vector<std::int64_t>(nu.size(), n / g),
          n / g * m};
}

}  // namespace

double transport_cost(const Matrix& cost, const Matrix& plan) {
  return (cost.array() * plan.array()).sum();
}

Matrix exact_plan(const Matrix& cost, const Marginal& mu, const Marginal& nu) {
  TESSERA_ASSERT(cost.rows() == std::ssize(mu) && cost.cols() == std::ssize(nu));
  TESSERA_ASSERT(cost.size() > 0 && cost.allFinite());
  using Graph = lemon::SmartDigraph;
  const int n = static_cast<int>(cost.rows()), m = static_cast<int>(cost.cols());
  const auto no_plan = [&] {
    return Error(ErrorCode::BadCheckpoint,
                 fmt::format("no plan matches {} units with {}: their masses are negative or not "
                             "finite (look for extreme weights in the models)",
                             n, m));
  };
  if (!are_masses(mu) || !are_masses(nu)) throw no_plan();
  const IntegerMarginals masses = integer_marginals(mu, nu);
  const double least = cost.minCoeff(), range = cost.maxCoeff() - least;
  const double scale = range > 0.0 ? kCostSteps / range : 0.0;

  // Rows are nodes 0..n-1, columns the m after them; arc i * m + j carries T_ij.
  Graph graph;
  graph.reserveNode(n + m);
  graph.reserveArc(n * m);
  for (int i = 0; i < n + m; ++i) graph.addNode();
  Graph::NodeMap<std::int64_t> supply(graph);
  for (int i = 0; i < n; ++i) supply[Graph::nodeFromId(i)] = masses.supply[i];
  for (int j = 0; j < m; ++j) supply[Graph::nodeFromId(n + j)] = -masses.demand[j];
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < m; ++j) graph.addArc(Graph::nodeFromId(i), Graph::nodeFromId(n + j));
  Graph::ArcMap<std::int64_t> price(graph);
  for (int a = 0; a < n * m; ++a)
    price[Graph::arcFromId(a)] = std::llround((cost(a / m, a % m) - least) * scale);

  lemon::NetworkSimplex<Graph, std::int64_t, std::int64_t> simplex(graph);
  simplex.supplyMap(supply).costMap(price);
  if (simplex.run() != decltype(simplex)::OPTIMAL) throw no_plan();
  Matrix plan(n, m);
  for (int a = 0; a < n * m; ++a)
    plan(a / m, a % m) =
        static_cast<double>(simplex.flow(Graph::arcFromId(a))) / static_cast<double>(masses.total);
  return plan;
}

}  // namespace tessera::fusion
