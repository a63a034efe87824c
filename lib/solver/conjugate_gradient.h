// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>

#include "base/assertion.h"

namespace tessera::solver {

/// Why the method stopped; NotPositive: a direction p with p'Ap <= 0 (or not a number) was met, so
/// A is not positive definite on what was searched.
enum class CgStop { Converged, IterationLimit, NotPositive };

struct CgOptions {
  int max_iterations = 50;           ///< 1 or more
  float relative_tolerance = 1e-5F;  ///< stop when |b - A x| <= this * |b|; 0: only an exact zero
};

struct CgSummary {
  CgStop stop;
  int iterations;           ///< products with A after the first
  float relative_residual;  ///< |b - A x| / |b| as the recurrence carries it
};

/// Lent memory: n floats each.
struct CgScratch {
  std::span<float> r, p, q;
};

/// a'b in double, from the first element to the last: the same number on every machine.
inline double dot(std::span<const float> a, std::span<const float> b) {
  TESSERA_ASSERT(a.size() == b.size());
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

/// Solves A x = b for symmetric positive semidefinite A, known only through products.
/// Shapes  b, x, scratch: n floats each; x holds the first guess on entry.
/// Requires multiply(p, q) computes q = A p; b in the range of A.
/// Result  why it stopped, never an exception; x is the last iterate in every case.
/// Threads re-entrant. Allocates nothing.
/// Cost    one product with A and two dot products per iteration.
/// Source  Hestenes & Stiefel 1952, section 3.
template <std::invocable<std::span<const float>, std::span<float>> Product>
CgSummary conjugate_gradient(const Product& multiply,
                             std::span<const float> b,
                             std::span<float> x,
                             CgScratch scratch,
                             const CgOptions& options = {}) {
  const auto [r, p, q] = scratch;
  const std::size_t n = b.size();
  TESSERA_ASSERT(x.size() == n && r.size() == n && p.size() == n && q.size() == n);
  multiply(std::span<const float>(x), q);
  for (std::size_t i = 0; i < n; ++i) p[i] = r[i] = b[i] - q[i];
  const double norm = std::sqrt(dot(b, b));
  double squared = dot(r, r);
  const auto relative = [&] {
    return static_cast<float>(std::sqrt(squared) / (norm > 0.0 ? norm : 1.0));
  };
  for (int iteration = 0; iteration < options.max_iterations; ++iteration) {
    if (std::sqrt(squared) <= options.relative_tolerance * norm || squared == 0.0)
      return {CgStop::Converged, iteration, relative()};
    multiply(std::span<const float>(p), q);
    const double curvature = dot(p, q);
    if (!(curvature > 0.0)) return {CgStop::NotPositive, iteration, relative()};
    const double alpha = squared / curvature;
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = static_cast<float>(x[i] + alpha * p[i]);
      r[i] = static_cast<float>(r[i] - alpha * q[i]);
    }
    const double before = squared;
    squared = dot(r, r);
    const double beta = squared / before;
    for (std::size_t i = 0; i < n; ++i) p[i] = static_cast<float>(r[i] + beta * p[i]);
  }
  const bool reached = std::sqrt(squared) <= options.relative_tolerance * norm;
  return {reached ? CgStop::Converged : CgStop::IterationLimit, options.max_iterations, relative()};
}

}  // namespace tessera::solver
