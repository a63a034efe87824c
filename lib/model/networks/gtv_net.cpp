// SPDX-License-Identifier: MIT
#include "model/networks/gtv_net.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/threads/threads_inside.h"
#include "graph/incidence.h"
#include "graph/neighbourhood.h"
#include "graph/total_variation.h"
#include "model/trace.h"

namespace tessera::model {

/// What ADMM carries from layer to layer, and its scratch.
/// Shapes  t1, t2: (4 C, H, W); c, b: (C, H, W); squared (4, H, W).
struct GtvNet::State {
  TensorView<float> t1, t2, c, b, squared;
};

GtvNet::GtvNet(const UnrolledGraphSpec& spec, const checkpoint::Weights& weights) : spec_(spec) {
  for (int k = 0; k < spec.blocks; ++k) {
    const auto block = weights.below("blocks." + std::to_string(k));
    std::vector<float> rho = block.read("log_rho", {spec.layers});
    std::vector<float> gamma = block.read("log_gamma", {spec.layers});
    std::vector<float> bound;
    for (float& value : gamma) value = std::exp(value);
    for (float& value : rho) {
      value = std::exp(value);
      bound.push_back(graph::kIncidenceGramSpectralBound + 0.5F * value);
    }
    auto steps = unrolled_steps(spec, block, bound);
    blocks_.push_back(
        {UnrolledBlock(spec, block), std::move(rho), std::move(gamma), std::move(steps)});
  }
}

StageNeeds GtvNet::needs(int stage) const { return blocks_[stage].common.needs(); }

void GtvNet::run(int stage, const Observed& in, TensorView<float> out, Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const Shape shape = out.shape();
  const auto planes = [&](int n) { return scratch.take({n, shape.height, shape.width}); };
  const int edges = graph::kEdgePlanes * shape.channels;
  State state{planes(edges), planes(edges), planes(shape.channels), planes(shape.channels),
              planes(graph::kEdgePlanes)};
  const Block& block = blocks_[stage];
  if (in.trace != nullptr) in.trace->enter("blocks." + std::to_string(stage));
  block.common.run(
      in, out,
      [&](int head, TensorView<const float> weights, TensorView<float> x_g) {
        if (spec_.observation == ObservationKind::Noise)
          denoise_head(block, head, in, weights, x_g, state, scratch);
        else
          solve_head(block, head, in, weights, x_g, state, scratch);
      },
      scratch);
}

void GtvNet::solve_head(const Block& block,
                        int head,
                        const Observed& in,
                        TensorView<const float> weights,
                        TensorView<float> x_g,
                        State& state,
                        Workspace& scratch) const {
  graph::square_weights(weights, state.squared);
  // Of the first layer: t1 and t2 are equal, so that C' gives nothing, and c is zero.
  base::for_each_part_inside(x_g.shape().count(), [&](std::size_t i, std::size_t end) {
    for (; i < end; ++i)
      state.b.data()[i] = 0.5F * block.rho[0] * in.mask.data()[i] * in.samples.data()[i];
  });
  const auto change = [](const std::vector<float>& values, int layer) {
    return layer > 0 ? values[layer - 1] / values[layer] : 1.0F;
  };

  for (int layer = 0; layer < spec_.layers; ++layer) {
    const graph::FilterMatrix matrix{
        .weights = state.squared, .diagonal = in.mask, .diagonal_scale = 0.5F * block.rho[layer]};
    run_filter({.head = head,
                .iteration = layer,
                .prior = GraphPrior::Gtv,
                .weights = weights,
                .matrix = matrix,
                .b = state.b,
                .steps = block.steps[layer][head],
                .mix = block.common.mix(head)},
               x_g, in.trace, scratch);
    const int next = layer + 1;
    if (next == spec_.layers) return;

    const float scale = change(block.gamma, next);
    graph::EdgeLayer edges{.scale = change(block.gamma, layer),
                           .half_step = 0.5F / block.gamma[layer],
                           .next_scale = scale,
                           .last = next + 1 == spec_.layers};
    if (layer == 0) edges.start = -0.5F / block.gamma[0];
    graph::advance_layer(weights, x_g, edges,
                         {.mask = in.mask,
                          .samples = in.samples,
                          .c = state.c,
                          .next_scale = scale * change(block.rho, next),
                          .half_rho = 0.5F * block.rho[next]},
                         state.t1, state.t2, state.b, scratch);
  }
}

void GtvNet::denoise_head(const Block& block,
                          int head,
                          const Observed& in,
                          TensorView<const float> weights,
                          TensorView<float> x_g,
                          State& state,
                          Workspace& scratch) const {
  const std::size_t edges = state.t1.shape().count();
  const std::size_t samples = x_g.shape().count();
  // u is the multiplier over gamma, here in t1; v, then e - u, in t2.
  float *u = state.t1.data(), *v = state.t2.data(), *b = state.b.data();
  graph::square_weights(weights, state.squared);
  std::fill_n(u, edges, 0.0F);

  for (int layer = 0; layer < spec_.layers; ++layer) {
    const float gamma = block.gamma[layer], half_rho = 0.5F * block.rho[layer];
    const float s = block.gamma[std::max(layer - 1, 0)] / gamma;
    const float threshold = 1.0F / gamma;
    graph::apply_incidence(weights, x_g, state.t2);
    for (std::size_t i = 0; i < edges; ++i) {
      const float sum = v[i] + s * u[i];
      u[i] = std::clamp(sum, -threshold, threshold);
      v[i] = sum - 2.0F * u[i];
    }
    graph::apply_incidence_transpose(weights, state.t2, state.b);
    for (std::size_t i = 0; i < samples; ++i) b[i] += half_rho * in.samples.data()[i];

    const graph::FilterMatrix matrix{.weights = state.squared, .diagonal_value = half_rho};
    run_filter({.head = head,
                .iteration = layer,
                .prior = GraphPrior::Gtv,
                .weights = weights,
                .matrix = matrix,
                .b = state.b,
                .steps = block.steps[layer][head],
                .mix = block.common.mix(head)},
               x_g, in.trace, scratch);
  }
}

}  // namespace tessera::model
