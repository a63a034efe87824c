// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "fusion/transport/transport_plan.h"

namespace tessera::test {

/// Cost matrix of a fixture; twin of cost_matrix in make_transport_fixtures.py.
inline fusion::Matrix cost_matrix(const std::string& kind, int n, int m, std::uint64_t seed) {
  fusion::Matrix cost(n, m);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < m; ++j) {
      const double u = base::random_uniform(seed, static_cast<std::uint64_t>(i) * m + j);
      if (kind == "planted")
        cost(i, j) = u + (i * 7 % m != j ? 1 : 0);
      else if (kind == "ties")
        cost(i, j) = std::floor(4 * u);
      else if (kind == "constant")
        cost(i, j) = 0.75;
      else if (kind == "range")
        cost(i, j) = std::pow(u, 8) * 1048576.0;
      else
        cost(i, j) = u;
    }
  return cost;
}

/// Masses 0.1 to 1.1, normalised.
inline fusion::Marginal random_marginal(int n, std::uint64_t seed) {
  fusion::Marginal masses;
  double sum = 0.0;
  for (int i = 0; i < n; ++i) {
    masses.push_back(0.1 + base::random_uniform(seed, static_cast<std::uint64_t>(i)));
    sum += masses.back();
  }
  for (double& mass : masses) mass /= sum;
  return masses;
}

/// A transport problem of the fixtures.
struct TransportProblem {
  fusion::Matrix cost;
  fusion::Marginal mu, nu;
};

inline TransportProblem transport_problem(
    const std::string& kind, int n, int m, bool weighted, std::uint64_t seed) {
  if (!weighted)
    return {cost_matrix(kind, n, m, seed), fusion::Marginal(static_cast<std::size_t>(n), 1.0 / n),
            fusion::Marginal(static_cast<std::size_t>(m), 1.0 / m)};
  return {cost_matrix(kind, n, m, seed), random_marginal(n, seed + 1000),
          random_marginal(m, seed + 2000)};
}

/// A problem of transport_fixtures.txt, and what stands behind it: for "exact" the least cost, for
/// "sinkhorn" epsilon and the plan, row by row.
struct TransportFixture {
  std::string name;  ///< the line up to the seed
  TransportProblem problem;
  std::vector<double> numbers;
};

/// All fixtures of one solver, "exact" or "sinkhorn".
inline std::vector<TransportFixture> transport_fixtures(const std::string& solver) {
  std::vector<TransportFixture> fixtures;
  std::ifstream file(TESSERA_FUSION_FIXTURES);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string found, kind;
    int n = 0, m = 0, weighted = 0;
    std::uint64_t seed = 0;
    fields >> found >> kind >> n >> m >> weighted >> seed;
    if (found != solver) continue;
    TransportFixture fixture{line.substr(0, static_cast<std::size_t>(fields.tellg())),
                             transport_problem(kind, n, m, weighted != 0, seed),
                             {}};
    for (double number = 0.0; fields >> number;) fixture.numbers.push_back(number);
    fixtures.push_back(std::move(fixture));
  }
  return fixtures;
}

}  // namespace tessera::test
