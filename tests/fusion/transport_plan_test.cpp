// SPDX-License-Identifier: MIT
#include "fusion/transport/transport_plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "fusion/transport_problem.h"
#include "tessera/error.h"

namespace {

using namespace tessera;
using fusion::Matrix;

double marginal_error(const Matrix& plan, const test::TransportProblem& problem) {
  double worst = 0.0;
  for (Eigen::Index i = 0; i < plan.rows(); ++i)
    worst = std::max(worst, std::abs(plan.row(i).sum() - problem.mu[i]));
  for (Eigen::Index j = 0; j < plan.cols(); ++j)
    worst = std::max(worst, std::abs(plan.col(j).sum() - problem.nu[j]));
  return worst;
}

}  // namespace

TEST_SUITE("fusion/transport_plan") {
  TEST_CASE("plans are not negative, meet their marginals and cost what POT's cost") {
    const auto fixtures = test::transport_fixtures("exact");
    CHECK(fixtures.size() == 200);
    for (const test::TransportFixture& fixture : fixtures) {
      CAPTURE(fixture.name);
      const auto& problem = fixture.problem;
      const Matrix plan = fusion::exact_plan(problem.cost, problem.mu, problem.nu);
      CHECK(plan.minCoeff() >= 0.0);
      CHECK(marginal_error(plan, problem) <= 1e-12);
      // Costs differ in their last bits between the two languages' powers; 1e-9 of the largest.
      const double scale = std::max(1.0, problem.cost.maxCoeff());
      CHECK(std::abs(fusion::transport_cost(problem.cost, plan) - fixture.numbers.at(0)) <=
            1e-9 * scale);
    }
  }

  TEST_CASE("equal uniform marginals give a permutation, the same one for the same cost") {
    for (const int n : {1, 2, 17, 64}) {
      const auto problem = test::transport_problem("random", n, n, false, 77);
      const Matrix plan = fusion::exact_plan(problem.cost, problem.mu, problem.nu);
      for (int i = 0; i < n; ++i) CHECK(plan.row(i).maxCoeff() == 1.0 / n);
      CHECK((plan.array() > 0).count() == n);
      CHECK(fusion::exact_plan(problem.cost, problem.mu, problem.nu) == plan);
    }
  }

  TEST_CASE("costs may be negative, and a shift of a row changes no plan") {
    auto problem = test::transport_problem("random", 20, 20, false, 78);
    const Matrix plan = fusion::exact_plan(problem.cost, problem.mu, problem.nu);
    problem.cost.row(3).array() -= 5.0;
    CHECK(fusion::exact_plan(problem.cost, problem.mu, problem.nu) == plan);
  }

  TEST_CASE("1024 x 1024 is solved") {
    const auto problem = test::transport_problem("random", 1024, 1024, false, 79);
    const Matrix plan = fusion::exact_plan(problem.cost, problem.mu, problem.nu);
    CHECK((plan.array() > 0).count() == 1024);
  }

  TEST_CASE("masses that no plan can have are an error, not a plan") {
    const Matrix cost = Matrix::Ones(2, 2);
    for (const double mass : {-1.0, std::nan(""), HUGE_VAL}) {
      CHECK_THROWS_AS(fusion::exact_plan(cost, {2.0, mass}, {0.5, 0.5}), Error);
      CHECK_THROWS_AS(fusion::exact_plan(cost, {0.5, 0.5}, {mass, 2.0}), Error);
    }
    CHECK_THROWS_AS(fusion::exact_plan(cost, {0.0, 0.0}, {0.3, 0.7}), Error);
    CHECK_THROWS_AS(fusion::exact_plan(cost, {1.5e308, 1.6e308}, {0.3, 0.7}), Error);
  }
}
