// SPDX-License-Identifier: MIT
#include "solver/learned_cg.h"

#include <doctest/doctest.h>

#include <vector>

#include "grid.h"

using namespace tessera;

namespace {

std::vector<float> run(const Eigen::MatrixXd& a,
                       const Eigen::VectorXd& b,
                       std::span<const solver::LearnedStep> steps) {
  const auto n = static_cast<std::size_t>(b.size());
  std::vector<float> right_side(n), x(n), r(n), p(n), q(n);
  Eigen::Map<Eigen::VectorXf>(right_side.data(), b.size()) = b.cast<float>();
  solver::learned_cg(test::product_with(a), right_side, x, r, p, q, steps);
  return x;
}

}  // namespace

TEST_SUITE("solver/learned_cg") {
  TEST_CASE("with heavy-ball steps it converges to the dense solution at the known rate") {
    const double low = 0.5, high = 4.0;
    const Eigen::MatrixXd a = Eigen::VectorXd::LinSpaced(20, low, high).asDiagonal();
    const Eigen::VectorXd b = test::random_vector(20, 1, -1.0, 1.0);
    const auto step = solver::heavy_ball_step(low, high);
    const Eigen::VectorXd exact = a.ldlt().solve(b);
    const auto error = [&](int count) {
      return (test::as_vector(run(a, b, std::vector(static_cast<std::size_t>(count), step))) -
              exact)
          .norm();
    };
    // Polyak 1964: (sqrt(k) - 1) / (sqrt(k) + 1) per step, k the condition number, times a factor
    // that grows no faster than the step count. Of the spectrum, so that a wrong step shows.
    const double root = std::sqrt(high / low), rate = (root - 1) / (root + 1);
    CHECK(error(20) < 2 * 20 * std::pow(rate, 20.0) * exact.norm());
    CHECK(error(60) < 1e-6 * exact.norm());
  }

  TEST_CASE("any constant pair of logits is stable up to the spectral bound") {
    const float bound = 5.0F;
    const Eigen::MatrixXd a = Eigen::VectorXd::LinSpaced(30, 1e-3, bound).asDiagonal();
    const Eigen::VectorXd b = test::random_vector(30, 2, -1.0, 1.0);
    for (const float alpha_logit : {-6.0F, 0.0F, 3.0F, 8.0F})
      for (const float beta_logit : {-8.0F, 0.0F, 4.0F, 20.0F}) {
        CAPTURE(alpha_logit);
        CAPTURE(beta_logit);
        const auto step = solver::learned_step(alpha_logit, beta_logit, bound);
        CHECK(step.beta < 0.9501F);
        CHECK(step.alpha * bound < 2.0F * (1.0F + step.beta));
        const auto x = run(a, b, std::vector(3000, step));
        for (const float value : x) CHECK(std::abs(value) < 1e4F);
      }
  }

  TEST_CASE("the logits give alpha and beta as documented") {
    const auto step = solver::learned_step(0.0F, 0.0F, 2.0F);
    CHECK(step.beta == doctest::Approx(0.475));
    CHECK(step.alpha == doctest::Approx(1.475 * 0.5));
  }

  TEST_CASE("heavy-ball steps for a spectrum of one point solve in one step") {
    const auto step = solver::heavy_ball_step(4.0F, 4.0F);
    CHECK(step.beta == 0.0F);
    CHECK(step.alpha == doctest::Approx(0.25));
  }

  TEST_CASE("no step leaves the start") {
    const auto x = run(Eigen::MatrixXd::Identity(3, 3), Eigen::Vector3d(1, 2, 3), {});
    CHECK(x == std::vector<float>(3, 0.0F));
  }
}
