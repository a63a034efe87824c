// SPDX-License-Identifier: MIT
#include "analysis/equations/regression.h"

#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <cmath>

#include "analysis/plane_map.h"
#include "planes.h"

namespace {

using namespace tessera;

Tensor combined(const Tensor& a, float alpha, const Tensor& b, float beta) {
  Tensor sum(a.shape());
  for (std::size_t i = 0; i < a.shape().count(); ++i)
    sum.data()[i] = alpha * a.data()[i] + beta * b.data()[i];
  return sum;
}

}  // namespace

TEST_SUITE("analysis/regression") {
  TEST_CASE("planted coefficients come back, with R2 1 and no error") {
    const Shape shape{2, 70, 65};
    const Tensor a = analysis::white_noise(shape, 1), b = analysis::white_noise(shape, 2);
    const auto fit = analysis::regress(combined(a, 0.3F, b, -1.7F), {a, b}, 1);
    CHECK(fit.coefficients[0] == doctest::Approx(0.3).epsilon(1e-6));
    CHECK(fit.coefficients[1] == doctest::Approx(-1.7).epsilon(1e-6));
    CHECK(fit.r2 == doctest::Approx(1.0).epsilon(1e-9));
    CHECK(fit.errors[0] < 1e-6);
    CHECK(fit.inflation[0] == doctest::Approx(1.0).epsilon(0.01));
    CHECK(fit.held_out_residual < 1e-5);
    CHECK_FALSE(fit.singular);
    CHECK(fit.samples == 2 * 70 * 65);
  }

  TEST_CASE(
      "noise of strength q leaves the residual q / sqrt(1 + q^2), within its own error bars") {
    const Shape shape{1, 128, 128};
    const Tensor a = analysis::white_noise(shape, 1), noise = analysis::white_noise(shape, 2);
    for (const double q : {0.01, 0.1, 1.0}) {
      const auto fit =
          analysis::regress(combined(a, 0.17F, noise, static_cast<float>(0.17 * q)), {a}, 1);
      // 16384 pixels tell a standard deviation to 0.6 %.
      const double residual = q / std::sqrt(1.0 + q * q);
      CHECK(std::abs(std::sqrt(1.0 - fit.r2) - residual) < 0.03 * residual);
      CHECK(std::abs(fit.coefficients[0] - 0.17) < 4.0 * fit.errors[0]);
      // A bootstrap of independent pixels is the textbook error; 16 tiles tell it to 18 %.
      const double error = 0.17 * q / 128.0;
      CHECK(std::abs(fit.errors[0] - error) < 0.5 * error);
    }
  }

  TEST_CASE("a single tile tells neither an error nor what a fit is worth elsewhere") {
    const Shape shape{1, analysis::kRegressionTile, analysis::kRegressionTile};
    const Tensor a = analysis::white_noise(shape, 1), b = analysis::white_noise(shape, 2);
    const auto fit = analysis::regress(combined(a, 1.0F, b, 0.1F), {a}, 1);
    CHECK(fit.r2 > 0.9);
    CHECK(std::isnan(fit.errors[0]));
    CHECK(std::isnan(fit.held_out_residual));
  }

  TEST_CASE("terms that say the same are singular, unrelated ones explain nothing") {
    const Shape shape{1, 64, 64};
    const Tensor a = analysis::white_noise(shape, 1), b = analysis::white_noise(shape, 2);
    CHECK(analysis::regress(b, {a, combined(a, 2.0F, a, 0.0F)}, 1).singular);
    const auto nothing = analysis::regress(b, {a}, 1);
    CHECK(nothing.r2 < 10.0 / (64 * 64));
    CHECK(nothing.held_out_residual > 0.99);
    CHECK(analysis::regress(Tensor(shape), {a}, 1).singular);
  }

  TEST_CASE("inflation is that of the correlation, as Eigen solves it densely") {
    const Shape shape{1, 33, 47};
    const Tensor a = analysis::white_noise(shape, 1), b = analysis::white_noise(shape, 2);
    const Tensor both = combined(a, 0.8F, b, 0.6F), d = analysis::white_noise(shape, 3);
    const auto fit = analysis::regress(d, {a, both}, 1);
    CHECK(fit.inflation[0] == doctest::Approx(1.0 / (1.0 - 0.64)).epsilon(0.1));
    const auto count = static_cast<Eigen::Index>(shape.count());
    Eigen::MatrixXd g(count, 2);
    Eigen::VectorXd target(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      g.row(i) << a.data()[i], both.data()[i];
      target(i) = d.data()[i];
    }
    const Eigen::VectorXd theta = g.colPivHouseholderQr().solve(target);
    CHECK(fit.coefficients[0] == doctest::Approx(theta(0)).epsilon(1e-6));
    CHECK(fit.coefficients[1] == doctest::Approx(theta(1)).epsilon(1e-6));
    const double r2 = 1.0 - (target - g * theta).squaredNorm() / target.squaredNorm();
    CHECK(fit.r2 == doctest::Approx(r2).epsilon(1e-6));
  }
}
