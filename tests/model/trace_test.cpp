// SPDX-License-Identifier: MIT
#include "model/trace.h"

#include <doctest/doctest.h>

#include <map>

#include "base/rounding.h"
#include "base/threads/threads_inside.h"
#include "graph/graph_filter.h"
#include "model/network.h"
#include "random_checkpoint.h"
#include "scene.h"
#include "support/compare.h"

namespace {

using namespace tessera;

/// Counts what happens, and runs every filter once more.
class Counter final : public model::Trace {
 public:
  void enter(const std::string& layer) override { ++layers[layer]; }
  void filter(const model::FilterEvent& event) override {
    ++filters;
    mixes += event.mix;
    CHECK(event.weights.shape() == Shape{4, event.b.height(), event.b.width()});
    CHECK(event.start.shape() == event.b.shape());
    Tensor x(event.b.shape());
    std::copy_n(event.start.data(), x.shape().count(), x.data());
    graph::filter_by_learned_cg(event.matrix, event.b, x, event.steps, scratch);
    CHECK(std::isfinite(test::max_abs(x)));
  }
  void state(const model::StateEvent& event) override {
    ++states[std::string(event.stream)];
    last = Tensor(event.value.shape());
    std::copy_n(event.value.data(), last.shape().count(), last.data());
  }

  std::map<std::string, int> layers, states;
  int filters = 0;
  float mixes = 0.0F;
  Tensor last;
  Workspace scratch;
};

void check_neutral(const Checkpoint& checkpoint, Counter& counter) {
  const auto network = model::make_network(checkpoint, Precision::F32);
  const int multiple = network->size_multiple();
  const Shape shape{3, base::rounded_up(20, multiple), base::rounded_up(26, multiple)};
  const Tensor samples = test::random_tensor(shape, 1), estimate = test::random_tensor(shape, 2);
  const Tensor mask = test::constant_tensor(shape, 1.0F);
  Tensor plain(shape), watched(shape);
  Workspace scratch;
  network->run(0, {samples, mask, estimate}, plain, scratch);
  network->run(0, {.samples = samples, .mask = mask, .estimate = estimate, .trace = &counter},
               watched, scratch);
  CHECK(test::max_difference(plain, watched) == 0.0);
}

/// Solves what it is told of the image graph, and adds it to the prior mean.
class Solver final : public model::Trace {
 public:
  void enter(const std::string& /*layer*/) override {}
  void filter(const model::FilterEvent& event) override {
    Tensor x(event.b.shape());
    graph::filter_by_learned_cg(event.matrix, event.b, x, event.steps, scratch);
    for (std::size_t i = 0; i < x.shape().count(); ++i) sum.data()[i] += event.mix * x.data()[i];
    if (event.matrix.free.empty()) return;
    free = Tensor(event.matrix.free.shape());
    std::copy_n(event.matrix.free.data(), free.shape().count(), free.data());
  }
  void state(const model::StateEvent& event) override {
    if (event.stream != "image") return;
    sum = Tensor(event.value.shape());
    std::copy_n(event.value.data(), sum.shape().count(), sum.data());
  }

  Tensor sum, free;
  Workspace scratch;
};

}  // namespace

TEST_SUITE("model/trace") {
  TEST_CASE("a watched graph_mixture_net computes the same bits and tells all its layers") {
    const model::GraphMixtureSpec spec{
        model::ObservationKind::Bayer, 3, {16, 2, {{1, 2, 3, 3}}}, {2, 4, 4}};
    Counter counter;
    check_neutral(
        test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec)),
        counter);
    CHECK(counter.layers == std::map<std::string, int>{{"blocks.0", 1},
                                                       {"blocks.1", 1},
                                                       {"feature_graphs.0", 1},
                                                       {"head", 1},
                                                       {"image_graph", 1},
                                                       {"pack", 1},
                                                       {"tail", 1}});
    CHECK(counter.filters == 4);  // two heads of each graph block
    CHECK(counter.states == std::map<std::string, int>{{"features", 4}, {"image", 1}});
    CHECK(counter.last.shape() == Shape{3, 20, 26});
  }

  TEST_CASE("what is told of the image graph is what it solves, exactly, in strips and threads") {
    using model::ObservationKind;
    for (const auto kind : {ObservationKind::Bayer, ObservationKind::Decimation2,
                            ObservationKind::Noise, ObservationKind::NoisyBayer}) {
      const model::GraphMixtureSpec spec{kind, 3, {16, 1, {}}, {2, 4, 4}};
      const auto network = model::make_network(
          test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec)),
          Precision::F32);
      const test::Scene scene(kind, {3, 14, 530});
      const Shape shape = scene.samples.shape();
      const auto run = [&](model::Trace* trace) {
        Tensor out(shape);
        Workspace scratch;
        network->run(0, {scene.samples, scene.mask, scene.estimate, scene.sigma, trace}, out,
                     scratch);
        return out;
      };
      Solver solver;
      const Tensor plain = run(nullptr), watched = run(&solver);
      CHECK(test::max_difference(plain, watched) == 0.0);
      bool has_free = false;
      for (std::size_t i = 0; i < shape.count(); ++i) {
        const bool is_free = model::is_noisy(kind) || solver.free.data()[i] != 0.0F;
        has_free = has_free || is_free;
        REQUIRE(plain.data()[i] == (is_free ? solver.sum : scene.samples).data()[i]);
      }
      CHECK(has_free);
      for (const int threads : {2, 3}) {
        const base::ThreadsInsideScope scope(threads);
        CHECK(test::max_difference(plain, run(nullptr)) == 0.0);
      }
    }
  }

  TEST_CASE("every scale is a stream of its own, and its layers tell where they stand") {
    const model::GraphMixtureSpec spec{model::ObservationKind::Bayer,
                                       3,
                                       {16, 1, {}, 1, {{12, 1, {{0, 2, 3, 2}}, 0, {{20, 1}}}}},
                                       {2, 4, 4}};
    Counter counter;
    check_neutral(
        test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec)),
        counter);
    CHECK(counter.layers == std::map<std::string, int>{{"blocks.0", 1},
                                                       {"inner.down", 1},
                                                       {"inner.feature_graphs.0", 1},
                                                       {"inner.inner.down", 1},
                                                       {"inner.inner.blocks.0", 1},
                                                       {"inner.inner.up", 1},
                                                       {"inner.blocks.0", 1},
                                                       {"inner.up", 1},
                                                       {"head", 1},
                                                       {"image_graph", 1},
                                                       {"pack", 1},
                                                       {"tail", 1}});
    CHECK(counter.filters == 4);
    CHECK(counter.states ==
          std::map<std::string, int>{
              {"features", 3}, {"inner.features", 4}, {"inner.inner.features", 2}, {"image", 1}});
  }

  TEST_CASE("watched reference networks compute the same bits and tell all their filters") {
    for (const auto prior : {model::GraphPrior::Glr, model::GraphPrior::Gtv}) {
      const model::UnrolledGraphSpec spec{prior, model::ObservationKind::Bayer, 3, 1, 2, 4, 2, 8,
                                          16};
      Counter counter;
      check_neutral(
          test::checkpoint_of(test::unrolled_tensors(spec, 3), test::architecture_json(spec)),
          counter);
      CHECK(counter.layers == std::map<std::string, int>{{"blocks.0", 1}});
      CHECK(counter.filters == 2 * 2);  // layers, heads
    }
  }
}
