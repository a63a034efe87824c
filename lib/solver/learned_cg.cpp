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

LearnedStep heavy_ball_step(float lambda_min, float lambda_max) {
  const double high = std::sqrt(static_cast<double>(lambda_max)), low = std::sqrt(lambda_min);
  const double beta = (high - low) / (high + low);
  return {static_cast<float>(4.0 / ((high + low) * (high + low))), static_cast<float>(beta * beta)};
}

}  // namespace tessera::solver
