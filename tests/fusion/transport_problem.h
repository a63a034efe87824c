// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>

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
    return {cost_matrix(kind, n, m, seed), fusion::uniform_marginal(n),
            fusion::uniform_marginal(m)};
  return {cost_matrix(kind, n, m, seed), random_marginal(n, seed + 1000),
          random_marginal(m, seed + 2000)};
}

}  // namespace tessera::test
