// SPDX-License-Identifier: MIT
#include "solver/conjugate_gradient.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "grid.h"

using namespace tessera;

namespace {

struct Run {
  std::vector<float> x;
  solver::CgSummary summary;
};

Run solve(const Eigen::MatrixXd& a,
          const Eigen::VectorXd& b,
          const solver::CgOptions& options,
          const std::vector<float>& start = {}) {
  const auto n = static_cast<std::size_t>(b.size());
  std::vector<float> right_side(n), x = start, r(n), p(n), q(n);
  x.resize(n);
  Eigen::Map<Eigen::VectorXf>(right_side.data(), b.size()) = b.cast<float>();
  const auto summary =
      solver::conjugate_gradient(test::product_with(a), right_side, x, {r, p, q}, options);
  return {x, summary};
}

// The Laplacian with weights w^2 of a 12 x 12 grid.
Eigen::MatrixXd grid_laplacian() {
  const Eigen::MatrixXd c = test::grid_incidence(12, 12, 1, 0.05, 0.6);
  return c.transpose() * c;
}

}  // namespace

TEST_SUITE("solver/conjugate_gradient") {
  TEST_CASE("it equals a dense solve on a 12 x 12 grid") {
    const Eigen::MatrixXd a = grid_laplacian() + 0.1 * Eigen::MatrixXd::Identity(144, 144);
    const Eigen::VectorXd b = test::random_vector(144, 2, -1.0, 1.0);
    const Run run = solve(a, b, {.max_iterations = 200, .relative_tolerance = 1e-6F});
    CHECK(run.summary.stop == solver::CgStop::Converged);
    CHECK(run.summary.relative_residual <= 1e-6F);
    const Eigen::VectorXd expected = a.ldlt().solve(b);
    CHECK((expected - test::as_vector(run.x)).norm() < 1e-5 * expected.norm());
  }

  TEST_CASE(
      "the minimiser under known samples: Schur complement, KKT system and masked iteration "
      "agree") {
    // min x'Lx subject to x = y on the samples (every third pixel).
    const Eigen::MatrixXd l = grid_laplacian();
    constexpr int k = 48;
    std::array<int, k> known{};
    std::array<int, 144 - k> missing{};
    for (int i = 0, s = 0, t = 0; i < 144; ++i) (i % 3 == 0 ? known[s++] : missing[t++]) = i;
    const Eigen::VectorXd y = test::random_vector(144, 3);
    const Eigen::VectorXd ys = y(known);

    Eigen::MatrixXd kkt = Eigen::MatrixXd::Zero(144 + k, 144 + k);
    kkt.topLeftCorner(144, 144) = 2.0 * l;
    for (int s = 0; s < k; ++s) kkt(144 + s, known[s]) = kkt(known[s], 144 + s) = 1.0;
    Eigen::VectorXd kkt_side = Eigen::VectorXd::Zero(144 + k);
    kkt_side.tail(k) = ys;
    const Eigen::VectorXd by_kkt = kkt.fullPivLu().solve(kkt_side).head(144);

    Eigen::VectorXd by_schur = y;
    const Eigen::MatrixXd ltt = l(missing, missing), lts = l(missing, known);
    by_schur(missing) = -ltt.ldlt().solve(lts * ys);
    CHECK((by_kkt - by_schur).cwiseAbs().maxCoeff() < 1e-10);

    // On the full grid: A p = free .* L(free .* p), b = -free .* L(known samples).
    Eigen::VectorXd free = Eigen::VectorXd::Zero(144), samples = Eigen::VectorXd::Zero(144);
    free(missing).setOnes();
    samples(known) = ys;
    const Eigen::MatrixXd masked = free.asDiagonal() * l * free.asDiagonal();
    const Run run = solve(masked, -free.cwiseProduct(l * samples),
                          {.max_iterations = 200, .relative_tolerance = 1e-6F});
    CHECK(run.summary.stop == solver::CgStop::Converged);
    CHECK((samples + test::as_vector(run.x) - by_schur).cwiseAbs().maxCoeff() < 1e-5);
  }

  TEST_CASE("in n dimensions it needs at most n iterations, up to rounding") {
    const Eigen::MatrixXd a = Eigen::Vector4d(1.0, 2.0, 3.0, 7.0).asDiagonal();
    const Run run = solve(a, Eigen::Vector4d(1, 1, 1, 1), {.max_iterations = 4});
    CHECK(run.summary.stop == solver::CgStop::Converged);
    CHECK(run.summary.iterations <= 4);
  }

  TEST_CASE("the iteration limit is its own outcome, and x the last iterate") {
    const Eigen::MatrixXd a = grid_laplacian() + 0.001 * Eigen::MatrixXd::Identity(144, 144);
    const Eigen::VectorXd b = test::random_vector(144, 4, -1.0, 1.0);
    const Run three = solve(a, b, {.max_iterations = 3, .relative_tolerance = 1e-6F});
    CHECK(three.summary.stop == solver::CgStop::IterationLimit);
    CHECK(three.summary.iterations == 3);
    const double residual = (b - a * test::as_vector(three.x)).norm() / b.norm();
    CHECK(three.summary.relative_residual == doctest::Approx(residual).epsilon(1e-4));
  }

  TEST_CASE("a direction of negative curvature is reported") {
    const Eigen::MatrixXd a = Eigen::Vector2d(1.0, -2.0).asDiagonal();
    CHECK(solve(a, Eigen::Vector2d(0.1, 1.0), {}).summary.stop == solver::CgStop::NotPositive);
  }

  TEST_CASE("a direction of no curvature is reported, and x is the last iterate") {
    const Eigen::MatrixXd a = Eigen::Vector2d(1.0, 0.0).asDiagonal();
    const Run run = solve(a, Eigen::Vector2d(0.0, 1.0), {});
    CHECK(run.summary.stop == solver::CgStop::NotPositive);
    CHECK(run.x == std::vector<float>{0.0F, 0.0F});
  }

  TEST_CASE("values that are not numbers stop it") {
    const Eigen::MatrixXd a = Eigen::MatrixXd::Identity(2, 2);
    CHECK(solve(a, Eigen::Vector2d(NAN, 1.0), {}).summary.stop == solver::CgStop::NotPositive);
  }

  TEST_CASE("a start that solves the system is kept without an iteration") {
    const Eigen::MatrixXd a = Eigen::Vector2d(2.0, 4.0).asDiagonal();
    const Run run = solve(a, Eigen::Vector2d(2.0, 8.0), {}, {1.0F, 2.0F});
    CHECK(run.summary.stop == solver::CgStop::Converged);
    CHECK(run.summary.iterations == 0);
    CHECK(run.x == std::vector<float>{1.0F, 2.0F});
  }

  TEST_CASE("a zero right-hand side has the solution zero") {
    const Run run = solve(Eigen::MatrixXd::Identity(3, 3), Eigen::Vector3d::Zero(), {});
    CHECK(run.summary.stop == solver::CgStop::Converged);
    CHECK(run.x == std::vector<float>(3, 0.0F));
  }
}
