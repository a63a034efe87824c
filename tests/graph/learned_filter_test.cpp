// SPDX-License-Identifier: MIT
#include "graph/learned_filter.h"

#include <doctest/doctest.h>

#include <vector>

#include "base/threads/threads_inside.h"
#include "dense.h"
#include "graph/edge_weights.h"
#include "graph/laplacian.h"
#include "support/compare.h"

using namespace tessera;

namespace {

constexpr int kFeatures = 3;

/// A problem in planes. Free pixels are none where nothing is fixed.
struct Planes {
  Tensor features, source, diagonal, free;

  Planes(Shape shape, bool extends, std::uint64_t seed)
      : features(test::random_tensor({kFeatures, shape.height, shape.width}, seed, -1.0F, 1.0F)),
        source(test::random_tensor(shape, seed + 1, -1.0F, 1.0F)),
        diagonal(test::random_tensor({1, shape.height, shape.width}, seed + 2)) {
    if (!extends) return;
    free = test::random_tensor(shape, seed + 3);
    for (std::size_t i = 0; i < shape.count(); ++i) {
      free.data()[i] = free.data()[i] < 0.7F ? 1.0F : 0.0F;
      source.data()[i] *= 1.0F - free.data()[i];
    }
  }
  bool extends() const { return free.shape().count() > 0; }
};

/// Tells it row by row, and keeps to itself what it was not asked for.
class PlaneProblem final : public graph::RowProblem {
 public:
  PlaneProblem(const Planes& planes, int widest, TensorView<float> x)
      : planes_(planes), nodes_(kFeatures, 4, graph::padded_row(widest)), x_(x) {}

  void start(const graph::Strip& strip) override {
    strip_ = strip;
    newest_ = -1;
    std::fill_n(nodes_.data(), nodes_.shape().count(), 0.0F);
  }
  const float* row(int row) override {
    CHECK((row == newest_ || row == newest_ + 1));
    newest_ = row;
    for (int d = 0; d < kFeatures; ++d)
      std::copy_n(planes_.features.view().row(d, row) + strip_.begin, strip_.width(), node(d, row));
    return node(0, row);
  }
  std::size_t stride() const override { return nodes_.shape().plane(); }
  Source source(int row) const override { return {planes_.features.view().row(0, row), stride()}; }

  void load(int row, const graph::ProblemRow& target) override {
    CHECK(row >= newest_ - 2);
    CHECK(row < newest_ + (row + 1 < planes_.features.height() ? 0 : 1));
    const auto copy = [&](const Tensor& planes, float* to) {
      for (int c = 0; c < planes.channels(); ++c, to += target.stride)
        std::copy_n(planes.view().row(c, row) + strip_.begin, strip_.width(), to);
    };
    copy(planes_.source, target.source);
    copy(planes_.diagonal, target.diagonal);
    CHECK((target.free != nullptr) == planes_.extends());
    if (target.free != nullptr) copy(planes_.free, target.free);
  }
  void store(int row, const float* x, std::size_t stride) override {
    for (int c = 0; c < x_.channels(); ++c, x += stride)
      std::copy_n(x, strip_.last - strip_.first, x_.row(c, row) + strip_.first);
  }

 private:
  float* node(int d, int row) { return nodes_.view().row(d, row & 3) + graph::kNodePad; }

  const Planes& planes_;
  Tensor nodes_;
  TensorView<float> x_;
  graph::Strip strip_{};
  int newest_ = -1;
};

std::vector<graph::CgStep> uneven_steps(int count) {
  std::vector<graph::CgStep> steps;
  for (int k = 0; k < count; ++k)
    steps.push_back({0.35F + 0.02F * static_cast<float>(k), 0.2F - 0.01F * static_cast<float>(k)});
  return steps;
}

Tensor in_rows(const Planes& planes, const std::vector<graph::CgStep>& steps, int grid) {
  const Shape shape = planes.source.shape();
  Tensor x = test::constant_tensor(shape, NAN);
  Workspace scratch;
  graph::filter_on_learned_graph(
      {.channels = shape.channels,
       .features = kFeatures,
       .height = shape.height,
       .width = shape.width,
       .extends = planes.extends(),
       .steps = steps,
       .grid = grid},
      [&](int widest, Workspace& /*scratch*/) {
        return std::make_unique<PlaneProblem>(planes, widest, x);
      },
      scratch);
  return x;
}

/// Weights, right-hand side and filter, each whole.
Tensor in_memory(const Planes& planes, const std::vector<graph::CgStep>& steps) {
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
            const Planes planes(shape, extends, 90);
            const auto steps = uneven_steps(count);
            REQUIRE(test::max_difference(in_memory(planes, steps), in_rows(planes, steps, 1)) == 0);
          }
  }

  TEST_CASE("strips, threads and grids leave no trace, difference 0") {
    for (const int width : {300, 496, 498, 954, 1200})
      for (const bool extends : {false, true})
        for (const int count : {1, 2, 3, 4, 10}) {
          CAPTURE(width);
          CAPTURE(extends);
          CAPTURE(count);
          const Planes planes({3, 9, width}, extends, 91);
          const auto steps = uneven_steps(count);
          const Tensor expected = in_memory(planes, steps);
          for (const int threads : {1, 2, 3})
            for (const int grid : {1, 2}) {
              const base::ThreadsInsideScope scope(threads);
              REQUIRE(test::max_difference(expected, in_rows(planes, steps, grid)) == 0);
            }
        }
  }
}
