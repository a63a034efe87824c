// SPDX-License-Identifier: MIT
#include "graph/learned_filter.h"

#include <doctest/doctest.h>

#include <vector>

#include "base/threads/threads_inside.h"
#include "dense.h"
#include "graph/edge_weights.h"
#include "graph/laplacian.h"
#include "plane_problem.h"
#include "uneven_steps.h"

using namespace tessera;

namespace {

/// Sees to it that rows are asked for as promised.
class OrderedProblem final : public test::PlaneProblem {
 public:
  using PlaneProblem::PlaneProblem;

  void start(const graph::Strip& strip) override {
    newest_ = -1;
    CHECK(strip.begin % grid == 0);
    CHECK((strip.end % grid == 0 || strip.end == planes().source.width()));
    PlaneProblem::start(strip);
  }
  const float* row(int row) override {
    CHECK((row == newest_ || row == newest_ + 1));
    newest_ = row;
    return PlaneProblem::row(row);
  }
  void load(int row, const graph::ProblemRow& target) override {
    CHECK(row >= newest_ - 2);
    CHECK((row < newest_ || row + 1 == planes().source.height()));
    PlaneProblem::load(row, target);
  }

  int grid = 1;

 private:
  int newest_ = -1;
};

Tensor in_rows(const test::ProblemPlanes& planes,
               const std::vector<graph::CgStep>& steps,
               int grid) {
  Tensor x = test::constant_tensor(planes.source.shape(), NAN);
  // What others left in the memory does not matter.
  Workspace scratch;
  const auto used = scratch.take({1, 1, 1 << 20});
  std::fill_n(used.data(), used.shape().count(), NAN);
  scratch.release(0);
  graph::filter_on_learned_graph(
      planes.filter(steps, grid),
      [&](int widest, Workspace& memory) {
        auto problem = std::make_unique<OrderedProblem>(planes, widest, x, memory);
        problem->grid = grid;
        return problem;
      },
      scratch);
  return x;
}

/// Weights, right-hand side and filter, each whole.
Tensor in_memory(const test::ProblemPlanes& planes, const std::vector<graph::CgStep>& steps) {
  const Shape shape = planes.source.shape();
  Workspace scratch;
  Tensor weights(4, shape.height, shape.width), b(shape), x(shape);
  graph::edge_weights(planes.features, weights, scratch);
  graph::FilterMatrix matrix{.weights = weights, .diagonal = planes.diagonal};
  if (!planes.extends()) {
    graph::filter_by_learned_cg(matrix, planes.source, x, steps, scratch);
    return x;
  }
  matrix.free = planes.free;
  graph::apply_laplacian(weights, planes.source, b);
  for (std::size_t i = 0; i < shape.count(); ++i) b.data()[i] *= -planes.free.data()[i];
  graph::filter_by_learned_cg(matrix, b, x, steps, scratch);
  return x;
}

}  // namespace

TEST_SUITE("graph/learned_filter") {
  TEST_CASE("it is the weights, the right-hand side and the filter one after the other, exactly") {
    for (const int channels : {1, 3, 4})
      for (const Shape shape : test::awkward_sizes(channels))
        for (const bool extends : {false, true})
          for (const int count : {1, 2, 3, 7}) {
            CAPTURE(shape.height);
            CAPTURE(shape.width);
            CAPTURE(extends);
            CAPTURE(count);
            const test::ProblemPlanes planes(shape, 3, extends, 90);
            const auto steps = test::uneven_steps(count);
            REQUIRE(test::max_difference(in_memory(planes, steps), in_rows(planes, steps, 1)) == 0);
          }
  }

  TEST_CASE("strips, threads and grids leave no trace, difference 0") {
    for (const int width : {190, 300, 496, 498, 499, 953, 1200})
      for (const bool extends : {false, true})
        for (const int count : {1, 2, 3, 10, 64, graph::kMostSteps}) {
          CAPTURE(width);
          CAPTURE(extends);
          CAPTURE(count);
          const test::ProblemPlanes planes({3, 9, width}, 3, extends, 91);
          const auto steps = test::uneven_steps(count);
          const Tensor expected = in_memory(planes, steps);
          for (const int threads : {1, 2, 3})
            for (const int grid : {1, 2}) {
              const base::ThreadsInsideScope scope(threads);
              REQUIRE(test::max_difference(expected, in_rows(planes, steps, grid)) == 0);
            }
        }
  }

  TEST_CASE("the problem in planes is the one that is solved, exactly") {
    for (const bool extends : {false, true}) {
      const test::ProblemPlanes planes({3, 11, 70}, 5, extends, 92);
      const auto steps = test::uneven_steps(3);
      Tensor x(planes.source.shape());
      Workspace scratch;
      OrderedProblem problem(planes, 70, x, scratch);
      const auto told = graph::planes_of(planes.filter(steps), problem, scratch);
      graph::filter_by_learned_cg(told.matrix, told.b, x, steps, scratch);
      CHECK(test::max_difference(in_memory(planes, steps), x) == 0);
    }
  }

  TEST_CASE("what lies beyond the halo does not matter, exactly, and what lies in it does") {
    const Shape shape{2, 40, 60};
    const Region window{12, 20, 18, 25};
    for (const bool extends : {false, true})
      for (const int count : {1, 2, 3, 7}) {
        CAPTURE(extends);
        CAPTURE(count);
        const auto steps = test::uneven_steps(count);
        const test::ProblemPlanes planes(shape, 3, extends, 93);
        const Tensor whole = in_rows(planes, steps, 1);
        const auto difference = [&](int halo) {
          const Region around{window.top - halo, window.left - halo, window.height + 2 * halo,
                              window.width + 2 * halo};
          const Tensor part = in_rows(planes.cropped(around), steps, 1);
          double worst = 0.0;
          for (int c = 0; c < shape.channels; ++c)
            for (int y = 0; y < window.height; ++y)
              for (int x = 0; x < window.width; ++x)
                worst = std::max(worst, std::abs(static_cast<double>(part(c, y + halo, x + halo)) -
                                                 whole(c, window.top + y, window.left + x)));
          return worst;
        };
        const int halo = graph::halo_of(planes.filter(steps));
        CHECK(difference(halo) == 0.0);
        if (extends || count > 1) CHECK(difference(halo - 1) > 0.0);
      }
  }
}
