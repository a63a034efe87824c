// SPDX-License-Identifier: MIT
#include "analysis/filters/iteration_record.h"

#include <doctest/doctest.h>

#include "graph/incidence.h"
#include "graph/laplacian.h"
#include "graph/neighbourhood.h"
#include "planes.h"

namespace {

using namespace tessera;

/// (I + 2 L) x = b from x = b, by `count` steps with these constants.
analysis::IterationRecord record(graph::CgStep step, int count, Shape shape) {
  const Tensor weights = test::learned_weights(test::random_tensor(shape, 2));
  const Tensor b = test::random_tensor(shape, 3);
  const std::vector<graph::CgStep> steps(static_cast<std::size_t>(count), step);
  return analysis::record_iterations(
      {.weights = weights,
       .matrix = {.weights = weights, .laplacian_scale = 2.0F, .diagonal_value = 1.0F},
       .b = b,
       .start = b,
       .steps = steps});
}

}  // namespace

TEST_SUITE("analysis/iteration_record") {
  TEST_CASE("energy, objective and residual fall along plain gradient steps") {
    // Steps of 1 / lambda_max: every eigenvector shrinks towards the solution without overshoot.
    const float alpha = 1.0F / (1.0F + 2.0F * graph::kLaplacianSpectralBound);
    for (const Shape shape : {Shape{1, 16, 18}, Shape{3, 9, 7}, Shape{1, 1, 12}}) {
      const auto r = record({alpha, 0.0F}, 25, shape);
      REQUIRE(r.energy.size() == 26);
      for (std::size_t i = 1; i < r.energy.size(); ++i) {
        CHECK(r.energy[i] < r.energy[i - 1]);
        CHECK(r.objective[i] < r.objective[i - 1]);
        CHECK(r.residual[i] < r.residual[i - 1]);
      }
    }
  }

  TEST_CASE("steps that are too long are seen to diverge") {
    const auto r = record({3.0F, 0.0F}, 10, {1, 16, 18});
    CHECK(r.residual.back() > r.residual.front());
    CHECK(r.objective.back() > r.objective.front());
  }

  TEST_CASE("the first entry is the start's own energy, variation, objective") {
    const Shape shape{1, 8, 9};
    const Tensor weights = test::learned_weights(test::random_tensor(shape, 2));
    const Tensor b = test::random_tensor(shape, 3);
    const auto r = record({0.1F, 0.1F}, 1, shape);
    const double energy = graph::laplacian_energy(weights, b);
    CHECK(r.energy.front() == doctest::Approx(energy));
    CHECK(r.variation.front() == doctest::Approx(graph::graph_total_variation(weights, b)));
    double squared = 0.0;
    for (const float value : b.view().flat()) squared += static_cast<double>(value) * value;
    CHECK(r.objective.front() ==
          doctest::Approx(0.5 * (squared + 2.0 * energy) - squared).epsilon(1e-5));
  }

  TEST_CASE("a single pixel has no edges and is its own solution") {
    const auto r = record({0.5F, 0.1F}, 3, {1, 1, 1});
    CHECK(r.energy.back() == 0.0);
    CHECK(r.residual.front() == 0.0);
  }
}
