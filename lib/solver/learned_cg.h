// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <span>

namespace tessera::solver {

/// One step of the learned conjugate gradient method, trained constants.
struct LearnedStep {
  float alpha, beta;
};

/// alpha = 2 (1 + beta) / lambda_bound * sigmoid(alpha_logit), beta = 0.95 sigmoid(beta_logit):
/// with one pair for all steps and any symmetric A with spectrum in (0, lambda_bound] the iteration
/// cannot diverge (heavy ball: |beta| < 1 and alpha lambda < 2 (1 + beta)).
LearnedStep learned_step(float alpha_logit, float beta_logit, float lambda_bound);

/// The best constant step for a symmetric A with spectrum in [lambda_min, lambda_max]:
/// alpha = 4 / (sqrt(lambda_max) + sqrt(lambda_min))^2, beta = ((sqrt(k) - 1) / (sqrt(k) + 1))^2
/// with k = lambda_max / lambda_min. What training starts from.
/// Source  Polyak 1964, heavy ball.
LearnedStep heavy_ball_step(double lambda_min, double lambda_max);

/// Nobody looks at the steps.
struct LookAway {
  void operator()() const {}
};

/// The plain learned conjugate gradient: no inner products, so the result is a fixed polynomial of
/// A.
/// Shapes  b, x, r, p, q: n floats each; x holds the start on entry. Requires multiply(p, q)
///         computes q = A p.
/// look() is called before the first step and after each; x and the residual r then are up to date.
template <std::invocable<std::span<const float>, std::span<float>> Product,
          std::invocable Look = LookAway>
void learned_cg(const Product& multiply,
                std::span<const float> b,
                std::span<float> x,
                std::span<float> r,
                std::span<float> p,
                std::span<float> q,
                std::span<const LearnedStep> steps,
                const Look& look = {}) {
  multiply(std::span<const float>(x), q);
  for (std::size_t i = 0; i < b.size(); ++i) p[i] = r[i] = b[i] - q[i];
  look();
  for (const LearnedStep step : steps) {
    multiply(std::span<const float>(p), q);
    for (std::size_t i = 0; i < b.size(); ++i) {
      x[i] += step.alpha * p[i];
      r[i] -= step.alpha * q[i];
      p[i] = r[i] + step.beta * p[i];
    }
    look();
  }
}

}  // namespace tessera::solver
