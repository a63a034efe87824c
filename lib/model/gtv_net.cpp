// SPDX-License-Identifier: MIT
#include "model/gtv_net.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "graph/incidence.h"
#include "graph/neighbourhood.h"

namespace tessera::model {

/// What ADMM carries from layer to layer, and its scratch.
/// Shapes  t1, t2, differences: (4 C, H, W); c, b, diagonal: (C, H, W); squared (4, H, W).
struct GtvNet::State {
  TensorView<float> t1, t2, differences, c, b, diagonal, squared;
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

StageNeeds GtvNet::needs(int stage) const { return blocks_[stage].shared.needs(); }

void GtvNet::run(int stage, const Observed& in, TensorView<float> out, Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const Shape shape = out.shape();
  const auto planes = [&](int n) { return scratch.take({n, shape.height, shape.width}); };
  const int edges = graph::kEdgePlanes * shape.channels;
  State state{planes(edges),
              planes(edges),
              planes(edges),
              planes(shape.channels),
              planes(shape.channels),
              planes(shape.channels),
              planes(graph::kEdgePlanes)};
  const Block& block = blocks_[stage];
  block.shared.run(
      in, out,
      [&](int head, TensorView<const float> weights, TensorView<float> x_g) {
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
  const std::size_t edges = state.t1.shape().count();
  const std::size_t samples = x_g.shape().count();
  float *t1 = state.t1.data(), *t2 = state.t2.data(), *d = state.differences.data();
  float *c = state.c.data(), *b = state.b.data();
  graph::square_weights(weights, state.squared);
  std::fill_n(t1, edges, -0.5F / block.gamma[0]);
  std::fill_n(t2, edges, -0.5F / block.gamma[0]);
  std::fill_n(c, samples, 0.0F);

  for (int layer = 0; layer < spec_.layers; ++layer) {
    const float rho = block.rho[layer], gamma = block.gamma[layer];
    const int before = std::max(layer - 1, 0);
    const float s = block.gamma[before] / gamma;
    const float sample_scale = s * block.rho[before] / rho;

    // Right-hand side: 1/2 C'[(n1 - p1) - (n2 - p2)] + rho/2 H'(y - c).
    for (std::size_t i = 0; i < edges; ++i) {
      const float first = s * std::min(0.0F, t1[i]) - std::max(0.0F, t1[i]);
      const float second = s * std::min(0.0F, t2[i]) - std::max(0.0F, t2[i]);
      d[i] = 0.5F * (first - second);
    }
    graph::apply_incidence_transpose(weights, state.differences, state.b);
    for (std::size_t i = 0; i < samples; ++i) {
      const float half_rho = 0.5F * rho * in.mask.data()[i];
      c[i] *= sample_scale;
      state.diagonal.data()[i] = half_rho;
      b[i] += half_rho * (in.samples.data()[i] - c[i]);
    }

    graph::filter_by_learned_cg({.weights = state.squared, .diagonal = state.diagonal}, state.b,
                                x_g, block.steps[layer][head], scratch);

    // z, then t1 = z - Cx + n1 and t2 = z + Cx + n2, and the samples' multiplier.
    graph::apply_incidence(weights, x_g, state.differences);
    for (std::size_t i = 0; i < edges; ++i) {
      const float n1 = s * std::min(0.0F, t1[i]), p1 = std::max(0.0F, t1[i]);
      const float n2 = s * std::min(0.0F, t2[i]), p2 = std::max(0.0F, t2[i]);
      const float z = 0.5F * (p1 + p2 - n1 - n2) - 0.5F / gamma;
      t1[i] = z - d[i] + n1;
      t2[i] = z + d[i] + n2;
    }
    for (std::size_t i = 0; i < samples; ++i)
      c[i] += in.mask.data()[i] * x_g.data()[i] - in.samples.data()[i];
  }
}

}  // namespace tessera::model
