// SPDX-License-Identifier: MIT
#include "fusion/transport/sinkhorn.h"

#include <doctest/doctest.h>

#include <cmath>

#include "fusion/transport_problem.h"

namespace {

using namespace tessera;
using fusion::Matrix;

}  // namespace

TEST_SUITE("fusion/sinkhorn") {
  TEST_CASE("entries are POT's to 1e-8") {
    const auto fixtures = test::transport_fixtures("sinkhorn");
    CHECK(fixtures.size() == 6);
    for (const test::TransportFixture& fixture : fixtures) {
      CAPTURE(fixture.name);
      const auto& [cost, mu, nu] = fixture.problem;
      const auto found = fusion::sinkhorn(cost, mu, nu, fixture.numbers.at(0), {1e-12, 100000});
      CHECK(found.converged);
      REQUIRE(std::ssize(fixture.numbers) == 1 + found.plan.size());
      for (Eigen::Index i = 0; i < found.plan.size(); ++i)
        CHECK(std::abs(found.plan.data()[i] - fixture.numbers[static_cast<std::size_t>(1 + i)]) <=
              1e-8);
    }
  }

  TEST_CASE("equal costs, or a single unit, have the product at any perplexity asked for") {
    for (const auto& [n, m] : {std::pair{1, 1}, std::pair{1, 3}, std::pair{4, 4}})
      for (const double cost : {0.0, 0.7}) {
        const fusion::Marginal mu(static_cast<std::size_t>(n), 1.0 / n);
        const fusion::Marginal nu(static_cast<std::size_t>(m), 1.0 / m);
        const auto found = fusion::sinkhorn_for_perplexity(Matrix::Constant(n, m, cost), mu, nu,
                                                           1.5, {1e-9, 1000});
        CHECK(found.converged);
        CHECK((found.plan.array() - 1.0 / (n * m)).abs().maxCoeff() < 1e-9);
      }
  }

  TEST_CASE("cost lies above the exact plan's and falls to it; large epsilon gives the product") {
    const auto problem = test::transport_problem("random", 12, 9, true, 31);
    const double exact = fusion::transport_cost(
        problem.cost, fusion::exact_plan(problem.cost, problem.mu, problem.nu));
    double before = 1e30;
    for (const double epsilon : {1.0, 0.1, 0.01, 0.002}) {
      const auto found =
          fusion::sinkhorn(problem.cost, problem.mu, problem.nu, epsilon, {1e-10, 50000});
      REQUIRE(found.converged);
      const double cost = fusion::transport_cost(problem.cost, found.plan);
      CHECK(cost >= exact - 1e-9);
      CHECK(cost < before);
      before = cost;
    }
    CHECK(before - exact < 0.002 * std::log(12 * 9));
    const auto flat = fusion::sinkhorn(problem.cost, problem.mu, problem.nu, 1e6);
    for (int i = 0; i < 12; ++i)
      for (int j = 0; j < 9; ++j)
        CHECK(std::abs(flat.plan(i, j) - problem.mu[i] * problem.nu[j]) < 1e-6);
  }

  TEST_CASE("a target perplexity is met") {
    const auto problem = test::transport_problem("random", 24, 24, false, 32);
    for (const double target : {1.5, 3.0, 10.0}) {
      const auto found = fusion::sinkhorn_for_perplexity(problem.cost, problem.mu, problem.nu,
                                                         target, {1e-9, 20000});
      CHECK(found.converged);
      CHECK(fusion::column_perplexity(found.plan) == doctest::Approx(target).epsilon(0.01));
    }
  }

  TEST_CASE("a plan that fits after the only iteration allowed has converged") {
    const fusion::Marginal mu{0.25, 0.75}, nu{0.5, 0.5};
    const auto found = fusion::sinkhorn(Matrix::Constant(2, 2, 0.7), mu, nu, 1.0, {1e-9, 1});
    CHECK(found.error < 1e-9);
    CHECK(found.converged);
  }

  TEST_CASE("a perplexity that no plan has is not met, and that is said") {
    // Rows of equal cost share every column in any plan: its perplexity is 2 at any strength.
    Matrix cost(2, 3);
    cost << 0.1, 0.5, 0.9, 0.1, 0.5, 0.9;
    const fusion::Marginal mu(2, 0.5), nu(3, 1.0 / 3);
    const auto found = fusion::sinkhorn_for_perplexity(cost, mu, nu, 1.5, {1e-9, 1000});
    CHECK(found.error <= 1e-9);
    CHECK(!found.converged);
  }

  TEST_CASE("iterations that end too early say so") {
    const auto problem = test::transport_problem("random", 24, 24, false, 33);
    CHECK(!fusion::sinkhorn(problem.cost, problem.mu, problem.nu, 1e-4, {1e-12, 3}).converged);
  }

  TEST_CASE("perplexity of a permutation is 1, of a product plan the number of rows") {
    CHECK(fusion::column_perplexity(Matrix::Identity(7, 7) / 7) == doctest::Approx(1.0));
    CHECK(fusion::column_perplexity(Matrix::Constant(7, 3, 1.0 / 21)) == doctest::Approx(7.0));
  }

  TEST_CASE("halves that hardly exchange mass stall the iterations and not Newton's steps") {
    // What crosses is the difference of the halves, a rate of 1 - 4e-6 a round.
    fusion::Matrix cost(2, 2);
    cost << 0.0, 1.0, 1.0, 0.0;
    const fusion::Marginal mu{0.5 + 1e-6, 0.5 - 1e-6}, nu{0.5, 0.5};
    CHECK(!fusion::sinkhorn(cost, mu, nu, 0.04, {1e-9, 199}).converged);
    const auto found = fusion::sinkhorn(cost, mu, nu, 0.04, {1e-9, 2000});
    CHECK(found.converged);
    CHECK(std::abs(found.plan(0, 1) - 1e-6) < 1e-9);
    CHECK(found.plan(1, 0) < 1e-12);
  }
}
