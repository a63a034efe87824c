// SPDX-License-Identifier: MIT
#pragma once

#include "fusion/transport/transport_plan.h"

namespace tessera::fusion {

/// When the iterations of Sinkhorn end.
struct SinkhornLimits {
  double tolerance = 1e-9;  ///< sum of |column sums - nu|
  int iterations = 2000;    ///< at each strength of the regularisation
};

/// A regularised plan, and whether it is one.
struct SinkhornResult {
  Matrix plan;             ///< rows sum to mu to rounding, columns to nu within `error`
  double epsilon = 0.0;    ///< regularisation, in units of the cost
  double error = 0.0;      ///< sum of |column sums - nu|
  bool converged = false;  ///< error <= tolerance; otherwise `plan` must not be used
};

/// The plan of least  sum of cost .* T - epsilon H(T),  H(T) = -sum T (log T - 1), T 1 = mu,
/// T'1 = nu, iterated on the logarithms of the scalings; epsilon is reached from the largest cost
/// by halving, so that small ones do not stall, and what still converges slowly is finished by
/// Newton's method.
/// Requires positive masses, epsilon > 0.
/// Source   Cuturi 2013; Peyre and Cuturi, Computational Optimal Transport, 2019, section 4.4;
///          Brauer, Clason, Lorenz, Wirth, A Sinkhorn-Newton method, 2017.
SinkhornResult sinkhorn(const Matrix& cost,
                        const Marginal& mu,
                        const Marginal& nu,
                        double epsilon,
                        const SinkhornLimits& limits = {});

/// Mean over the columns j of exp(entropy of T_.j / nu_j): how many rows a column is made of.
double column_perplexity(const Matrix& plan);

/// The regularised plan whose column perplexity is `perplexity`, found by bisection on log epsilon.
/// A perplexity beyond what a product plan has gives that plan's.
/// Requires perplexity > 1.
/// Result  converged is false also when the perplexity was not met to 1 %.
SinkhornResult sinkhorn_for_perplexity(const Matrix& cost,
                                       const Marginal& mu,
                                       const Marginal& nu,
                                       double perplexity,
                                       const SinkhornLimits& limits = {});

}  // namespace tessera::fusion
