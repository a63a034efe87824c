// SPDX-License-Identifier: MIT
#include "solver/learned_cg.h"

#include <cmath>

namespace tessera::solver {
namespace {

double sigmoid(double logit) { return 1.0 / (1.0 + std::exp(-logit)); }

}  // namespace

LearnedStep learned_step(float alpha_logit, float beta_logit, float lambda_bound) {
  const double beta = 0.95 * sigmoid(beta_logit);
  const double alpha = 2.0 * (1.0 + beta) / lambda_bound * sigmoid(alpha_logit);
  return {static_cast<float>(alpha), static_cast<float>(beta)};
}

LearnedStep heavy_ball_step(double lambda_min, double lambda_max) {
  const double high = std::sqrt(lambda_max), low = std::sqrt(lambda_min), sum = high + low;
  const double ratio = (high - low) / sum;
  return {static_cast<float>(4.0 / (sum * sum)), static_cast<float>(ratio * ratio)};
}

}  // namespace tessera::solver
