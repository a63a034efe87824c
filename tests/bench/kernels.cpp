// SPDX-License-Identifier: MIT
// One kernel on a small fixed input, for guard.sh, which counts its instructions.
//   kernels NAME
//   kernels
// The first runs it twice: to make primitives, and inside counted(), which guard.sh watches. The
// second lists the names.
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/threads/threads_inside.h"
#include "graph/edge_weights.h"
#include "graph/graph_filter.h"
#include "graph/laplacian.h"
#include "graph/logistic.h"
#include "graph/plane_problem.h"
#include "graph/total_variation.h"
#include "nn/judge.h"
#include "nn/pointwise/cell_conv2d.h"
#include "support/compare.h"

namespace {

using namespace tessera;
using Kernel = std::function<void()>;

constexpr int kHeight = 48, kWidth = 120;

/// What the graph kernels work on.
struct Graph {
  Tensor features = test::random_tensor({6, kHeight, kWidth}, 1);
  Tensor weights{4, kHeight, kWidth};
  Tensor x = test::random_tensor({3, kHeight, kWidth}, 2);
  Tensor b = test::random_tensor({3, kHeight, kWidth}, 3);
  Tensor t1 = test::random_tensor({12, kHeight, kWidth}, 4);
  Tensor t2 = test::random_tensor({12, kHeight, kWidth}, 5);
  Workspace scratch;

  Graph() { graph::edge_weights(features, weights, scratch); }
  void filter() {
    const std::vector<graph::CgStep> steps(4, {0.3F, 0.2F});
    graph::filter_by_learned_cg({weights, 1.0F, {}, 1.0F, {}}, b, x, steps, scratch);
  }
};

Kernel convolution(const nn::ConvSpec& spec) {
  struct State {
    nn::Conv2d conv;
    nn::FeatureMap in, out;
  };
  auto state = std::make_shared<State>(State{test::ConvWeights(spec).make(spec), {}, {}});
  state->in.assign(test::random_tensor({spec.in_channels, kHeight, kWidth}, 1));
  return [state] { state->conv.forward(state->in, state->out); };
}

/// Down to cells and up again.
Kernel cells() {
  struct State {
    nn::StridedConv2d down;
    nn::TransposedConv2d up;
    nn::FeatureMap large, small;
  };
  const test::ConvWeights numbers({.in_channels = 32, .out_channels = 32, .kernel = 2});
  auto state =
      std::make_shared<State>(State{nn::StridedConv2d(32, 32, numbers.weights, numbers.bias),
                                    nn::TransposedConv2d(32, 32, numbers.weights, numbers.bias),
                                    {},
                                    {}});
  state->large.assign(test::random_tensor({32, kHeight, kWidth}, 1));
  return [state] {
    state->down.forward(state->large, state->small);
    state->up.add_to(state->small, state->large);
  };
}

/// Weights, right-hand side and filter in one pass.
Kernel learned_filter() {
  struct State {
    test::ProblemPlanes planes{{3, kHeight, kWidth}, 6, true, 1};
    std::vector<graph::CgStep> steps{4, {0.3F, 0.2F}};
    Tensor x{3, kHeight, kWidth};
    Workspace scratch;
  };
  auto state = std::make_shared<State>();
  return [state] {
    graph::filter_on_learned_graph(
        state->planes.filter(state->steps),
        [&](int widest, Workspace& memory) {
          return std::make_unique<test::PlaneProblem>(state->planes, widest, state->x, memory);
        },
        state->scratch);
  };
}

std::map<std::string, Kernel> kernels() {
  const auto graph = std::make_shared<Graph>();
  return {
      {"edge_weights",
       [graph] { graph::edge_weights(graph->features, graph->weights, graph->scratch); }},
      {"laplacian", [graph] { graph::apply_laplacian(graph->weights, graph->x, graph->b); }},
      {"learned_cg", [graph] { graph->filter(); }},
      {"learned_filter", learned_filter()},
      {"logistic",
       [graph] { graph::logistic(graph->x.view().flat(), 2.0F, graph->b.view().flat()); }},
      {"total_variation",
       [graph] {
         graph::advance_edges(graph->weights, graph->x, {1.0F, 0.005F, 1.0F}, graph->t1, graph->t2,
                              graph->b, graph->scratch);
       }},
      {"convolution_3x3",
       convolution({.in_channels = 32, .out_channels = 32, .activation = nn::Activation::Relu})},
      {"convolution_first", convolution({.in_channels = 4, .out_channels = 32})},
      {"convolution_1x1", convolution({.in_channels = 48, .out_channels = 32, .kernel = 1})},
      {"cells", cells()}};
}

/// The callgrind option --toggle-collect names it.
[[gnu::noinline]] void counted(const Kernel& kernel) {
  kernel();
  __asm__ volatile("" : : : "memory");
}

}  // namespace

int main(int argc, char** argv) {
  const auto all = kernels();
  if (argc < 2) {
    for (const auto& [name, kernel] : all) std::printf("%s\n", name.c_str());
    return 0;
  }
  const auto found = all.find(argv[1]);
  if (found == all.end()) {
    std::fprintf(stderr, "kernels: no such kernel: %s\n", argv[1]);
    return 2;
  }
  base::set_threads_inside(1);
  found->second();
  counted(found->second);
  return 0;
}
