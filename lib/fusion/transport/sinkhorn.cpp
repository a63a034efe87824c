// SPDX-License-Identifier: MIT
#include "fusion/transport/sinkhorn.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "base/assertion.h"

namespace tessera::fusion {
namespace {

using Vector = Eigen::VectorXd;

// Sinkhorn's rounds between attempts to finish by Newton's method, and what an attempt may take.
constexpr int kPatience = 200, kNewtonSteps = 30;
constexpr double kShortestStep = 1e-3;

Vector logarithms(const Marginal& marginal) {
  Vector logs(std::ssize(marginal));
  for (Eigen::Index i = 0; i < logs.size(); ++i) {
    TESSERA_ASSERT(marginal[static_cast<std::size_t>(i)] > 0.0);
    logs[i] = std::log(marginal[static_cast<std::size_t>(i)]);
  }
  return logs;
}

/// log sum exp of values, safe for any size.
template <typename Values>
double log_sum_exp(const Values& values) {
  const double largest = values.maxCoeff();
  return largest + std::log((values.array() - largest).exp().sum());
}

double cost_range(const Matrix& cost) { return cost.maxCoeff() - cost.minCoeff(); }

/// The logarithms of the scalings, in units of the cost: T = exp((f + g - C) / epsilon).
class Potentials {
 public:
  Potentials(const Matrix& cost, const Marginal& mu, const Marginal& nu)
      : cost_(cost),
        log_mu_(logarithms(mu)),
        log_nu_(logarithms(nu)),
        f_(Vector::Zero(cost.rows())),
        g_(Vector::Zero(cost.cols())) {}

  /// Columns, then rows, until the columns fit, with Newton's method where that takes long; returns
  /// how far they are off.
  double iterate(double epsilon, const SinkhornLimits& limits) {
    double error = INFINITY;
    for (int k = 0; k < limits.iterations && !(error <= limits.tolerance); ++k) {
      fit_columns(epsilon);
      fit_rows(epsilon);
      // The error needs the whole plan; every few rounds is often enough.
      if (k % 5 == 4 || k + 1 == limits.iterations) error = column_error(epsilon);
      if (k % kPatience == kPatience - 1 && !(error <= limits.tolerance))
        error = climb(epsilon, limits.tolerance);
    }
    return error;
  }

  Matrix plan(double epsilon) const {
    Matrix plan(cost_.rows(), cost_.cols());
    for (Eigen::Index i = 0; i < plan.rows(); ++i)
      plan.row(i) =
          ((g_.transpose() - cost_.row(i)).array() + f_[i]).unaryExpr([epsilon](double x) {
            return std::exp(x / epsilon);
          });
    return plan;
  }

 private:
  void fit_columns(double epsilon) {
    for (Eigen::Index j = 0; j < g_.size(); ++j)
      g_[j] = epsilon * (log_nu_[j] - log_sum_exp((f_ - cost_.col(j)) / epsilon));
  }
  void fit_rows(double epsilon) {
    for (Eigen::Index i = 0; i < f_.size(); ++i)
      f_[i] = epsilon * (log_mu_[i] - log_sum_exp((g_.transpose() - cost_.row(i)) / epsilon));
  }

  /// Newton's steps up the dual in g, whose best f is what fits the rows; its gradient is what the
  /// columns lack, its curvature the Laplacian diag(c) - T' diag(1 / mu) T over epsilon.
  double climb(double epsilon, double tolerance) {
    double error = column_error(epsilon);
    for (int step = 0; step < kNewtonSteps && !(error <= tolerance); ++step) {
      const Matrix t = plan(epsilon);
      const Vector columns = t.colwise().sum();
      const Vector lacking = log_nu_.array().exp().matrix() - columns;
      Matrix laplacian = -t.transpose() * (-log_mu_.array()).exp().matrix().asDiagonal() * t;
      laplacian.diagonal() += columns;
      // Adding a constant to g changes nothing: that direction is given any curvature.
      laplacian.array() += 1.0 / static_cast<double>(g_.size() * g_.size());
      const Vector direction = epsilon * laplacian.ldlt().solve(lacking);
      if (!direction.allFinite() || !advance(direction, epsilon)) break;
      error = column_error(epsilon);
    }
    return error;
  }

  /// The longest of 1, 1/2, 1/4, ... of a direction, or of what of it is worth trying, that brings
  /// the columns nearer.
  bool advance(const Vector& direction, double epsilon) {
    const Vector f = f_, g = g_;
    const double before = column_error(epsilon);
    // Potentials of the best plan are no farther apart than costs are.
    const double longest =
        std::min(1.0, cost_range(cost_) / std::max(direction.cwiseAbs().maxCoeff(), 1e-300));
    for (double length = longest; length > kShortestStep * longest; length /= 2) {
      g_ = g + length * direction;
      fit_rows(epsilon);
      if (column_error(epsilon) < before) return true;
    }
    f_ = f;
    g_ = g;
    return false;
  }

  double column_error(double epsilon) const {
    return (plan(epsilon).colwise().sum() - log_nu_.array().exp().matrix().transpose())
        .cwiseAbs()
        .sum();
  }

  const Matrix& cost_;
  Vector log_mu_, log_nu_, f_, g_;
};

SinkhornResult solve(Potentials& potentials, double epsilon, const SinkhornLimits& limits) {
  SinkhornResult result;
  result.epsilon = epsilon;
  result.error = potentials.iterate(epsilon, limits);
  result.converged = result.error <= limits.tolerance;
  result.plan = potentials.plan(epsilon);
  return result;
}

// Coarse stages only bring the potentials near; they need not converge.
constexpr SinkhornLimits kCoarse{1e-3, 50};

}  // namespace

SinkhornResult sinkhorn(const Matrix& cost,
                        const Marginal& mu,
                        const Marginal& nu,
                        double epsilon,
                        const SinkhornLimits& limits) {
  TESSERA_ASSERT(epsilon > 0.0);
  Potentials potentials(cost, mu, nu);
  for (double coarse = cost_range(cost); coarse > epsilon; coarse /= 2)
    potentials.iterate(coarse, kCoarse);
  return solve(potentials, epsilon, limits);
}

double column_perplexity(const Matrix& plan) {
  double sum = 0.0;
  for (Eigen::Index j = 0; j < plan.cols(); ++j) {
    const double mass = plan.col(j).sum();
    double entropy = 0.0;
    for (Eigen::Index i = 0; i < plan.rows(); ++i) {
      const double p = plan(i, j) / mass;
      if (p > 0.0) entropy -= p * std::log(p);
    }
    sum += std::exp(entropy);
  }
  return sum / static_cast<double>(plan.cols());
}

SinkhornResult sinkhorn_for_perplexity(const Matrix& cost,
                                       const Marginal& mu,
                                       const Marginal& nu,
                                       double perplexity,
                                       const SinkhornLimits& limits) {
  TESSERA_ASSERT(perplexity > 1.0);
  const double range = cost_range(cost);
  Potentials potentials(cost, mu, nu);
  // Equal costs have the same plan at any strength.
  if (!(range > 0.0)) return solve(potentials, 1.0, limits);
  // From soft to sharp, each from the potentials of the one before, until the target is passed.
  double soft = 16 * range;
  SinkhornResult result = solve(potentials, soft, limits);
  double sharp = soft;
  while (column_perplexity(result.plan) > perplexity && sharp > 1e-5 * range) {
    soft = sharp;
    sharp /= 2;
    result = solve(potentials, sharp, limits);
  }
  for (int k = 0; k < 40 && soft > sharp * (1 + 1e-6); ++k) {
    const double middle = std::sqrt(soft * sharp);
    result = solve(potentials, middle, limits);
    (column_perplexity(result.plan) > perplexity ? soft : sharp) = middle;
  }
  const double found = column_perplexity(result.plan);
  if (soft != sharp && std::abs(found - perplexity) > 0.01 * perplexity) result.converged = false;
  return result;
}

}  // namespace tessera::fusion
