// SPDX-License-Identifier: MIT
#include "support/two_vector_admm.h"

#include <doctest/doctest.h>

#include <vector>

#include "grid.h"

using namespace tessera;

namespace {

using Vector = Eigen::VectorXd;

constexpr int kHeight = 6, kWidth = 7, kPixels = kHeight * kWidth;

struct Problem {
  Eigen::MatrixXd c = test::grid_incidence(kHeight, kWidth, 1, 0.1, 0.5);
  Eigen::MatrixXd c_transposed = c.transpose();
  Vector mask = Vector::Zero(kPixels), y = Vector::Zero(kPixels);
  std::vector<float> mask_f, y_f;

  Problem() {
    const Vector values = test::random_vector(kPixels, 2);
    for (int i = 0; i < kPixels; i += 3) mask(i) = 1.0, y(i) = values(i);
    mask_f.assign(mask.begin(), mask.end());
    y_f.assign(y.begin(), y.end());
  }
  double objective(const Vector& x) const { return (c * x).lpNorm<1>(); }
  Vector solve_exactly(const Vector& right_side, double data_weight) const {
    const Eigen::MatrixXd a = c_transposed * c + data_weight * Eigen::MatrixXd(mask.asDiagonal());
    return a.ldlt().solve(right_side);
  }
  /// As a callable on floats.
  auto solver_with(double data_weight) const {
    return [this, data_weight](std::span<const float> right_side, std::span<float> x) {
      Eigen::Map<Eigen::VectorXf>(x.data(), kPixels) =
          solve_exactly(test::as_vector(right_side), data_weight).cast<float>();
    };
  }
};

// The judge: slacks q1, q2 >= 0 with multipliers of their own, in double, as the problem states it:
//   min 1'z  subject to  z - Cx = q1, z + Cx = q2, Mx = My.
struct FourVectorAdmm {
  const Problem& problem;
  Vector q1, q2, mu_a, mu_b, mu_c, x;

  FourVectorAdmm(const Problem& p, double gamma)
      : problem(p),
        q1(Vector::Zero(p.c.rows())),
        q2(q1),
        mu_a(Vector::Constant(p.c.rows(), -0.5)),
        mu_b(mu_a),
        mu_c(Vector::Zero(kPixels)),
        x(Vector::Zero(kPixels)) {
    // t = -1/(2 gamma) is q = 0 and mu = gamma t = -1/2: the same for every gamma.
    static_cast<void>(gamma);
  }
  void layer(double gamma, double rho) {
    const auto& c = problem.c;
    const Vector z = (q1 + q2) / 2.0 - (Vector::Ones(q1.size()) + mu_a + mu_b) / (2.0 * gamma);
    const Vector right_side =
        c.transpose() * ((mu_a - mu_b) / (2.0 * gamma) - (q1 - q2) / 2.0) +
        problem.mask.cwiseProduct(rho / 2.0 * problem.y - mu_c / (2.0 * gamma));
    x = problem.solve_exactly(right_side, rho / 2.0);
    const Vector a = z - c * x, b = z + c * x;
    q1 = (a + mu_a / gamma).cwiseMax(0.0);
    q2 = (b + mu_b / gamma).cwiseMax(0.0);
    mu_a += gamma * (a - q1);
    mu_b += gamma * (b - q2);
    mu_c += gamma * rho * problem.mask.cwiseProduct(x - problem.y);
  }
};

struct TwoVectorAdmm {
  const Problem& problem;
  std::vector<float> t1, t2, c, x, edges, right_side;

  TwoVectorAdmm(const Problem& p, float gamma)
      : problem(p),
        t1(static_cast<std::size_t>(p.c.rows()), -0.5F / gamma),
        t2(t1),
        c(kPixels),
        x(kPixels),
        edges(t1.size()),
        right_side(kPixels) {}
  void layer(const test::AdmmPenalty& penalty) {
    test::two_vector_layer(test::product_with(problem.c), test::product_with(problem.c_transposed),
                           problem.solver_with(penalty.rho / 2.0), {problem.y_f, problem.mask_f},
                           penalty, {t1, t2, c}, x, {edges, right_side});
  }
};

}  // namespace

TEST_SUITE("solver/two_vector_admm") {
  TEST_CASE("two vectors do what four do, layer by layer, also while the penalties change") {
    const Problem problem;
    const float gammas[] = {20.0F, 35.0F, 10.0F, 10.0F, 60.0F, 25.0F};
    const float rhos[] = {1.0F, 0.7F, 1.5F, 1.5F, 1.0F, 2.0F};
    FourVectorAdmm four(problem, gammas[0]);
    TwoVectorAdmm two(problem, gammas[0]);
    for (int k = 0; k < 6; ++k) {
      CAPTURE(k);
      const int before = std::max(0, k - 1);
      four.layer(gammas[k], rhos[k]);
      two.layer({gammas[k], rhos[k], gammas[before], rhos[before]});
      CHECK((four.x - test::as_vector(two.x)).cwiseAbs().maxCoeff() < 1e-5);
      // A slack and its multiplier are the two signs of one vector.
      const Vector t1 = four.q1 + four.mu_a / gammas[k];
      CHECK((t1 - test::as_vector(two.t1)).cwiseAbs().maxCoeff() < 1e-5);
    }
  }

  TEST_CASE("both forms reach the same minimum, and it meets the samples") {
    const Problem problem;
    TwoVectorAdmm two(problem, 10.0F);
    FourVectorAdmm four(problem, 10.0);
    for (int k = 0; k < 3000; ++k) {
      two.layer({10.0F, 1.0F, 10.0F, 1.0F});
      four.layer(10.0, 1.0);
    }
    const Vector x = test::as_vector(two.x);
    const double best = problem.objective(four.x);
    CHECK(best > 0.1);
    CHECK(problem.objective(x) == doctest::Approx(best).epsilon(1e-4));
    CHECK(problem.mask.cwiseProduct(x - problem.y).cwiseAbs().maxCoeff() < 1e-4);
    // At the optimum the multipliers of the two slacks add up to -1.
    CHECK((four.mu_a + four.mu_b).maxCoeff() == doctest::Approx(-1.0).epsilon(1e-3));
  }

  TEST_CASE("no admissible change of a pixel lowers the minimum found") {
    const Problem problem;
    TwoVectorAdmm two(problem, 10.0F);
    for (int k = 0; k < 3000; ++k) two.layer({10.0F, 1.0F, 10.0F, 1.0F});
    const Vector x = test::as_vector(two.x);
    for (int trial = 0; trial < 50; ++trial) {
      const Vector direction =
          test::random_vector(kPixels, static_cast<std::uint64_t>(100 + trial), -0.05, 0.05);
      const Vector other = x + (Vector::Ones(kPixels) - problem.mask).cwiseProduct(direction);
      CHECK(problem.objective(x) <= problem.objective(other) + 1e-4);
    }
  }

  TEST_CASE("changing the penalties mid-way leaves the minimum where it is") {
    const Problem problem;
    TwoVectorAdmm fixed(problem, 10.0F), changing(problem, 10.0F);
    float gamma = 10.0F;
    for (int k = 0; k < 3000; ++k) {
      fixed.layer({10.0F, 1.0F, 10.0F, 1.0F});
      const float next = k < 60 ? (k % 2 == 0 ? 25.0F : 8.0F) : 10.0F;
      changing.layer({next, 1.0F, gamma, 1.0F});
      gamma = next;
    }
    CHECK(problem.objective(test::as_vector(changing.x)) ==
          doctest::Approx(problem.objective(test::as_vector(fixed.x))).epsilon(1e-4));
  }
}
