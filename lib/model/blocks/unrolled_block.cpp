// SPDX-License-Identifier: MIT
#include "model/blocks/unrolled_block.h"

#include <algorithm>
#include <string>

#include "base/threads/threads_inside.h"
#include "graph/edge_weights.h"
#include "graph/neighbourhood.h"
#include "model/blocks/read_conv.h"

namespace tessera::model {
namespace {

constexpr int kFeatureLayers = 4;

}  // namespace

UnrolledBlock::UnrolledBlock(const UnrolledGraphSpec& spec, const checkpoint::Weights& weights)
    : spec_(spec) {
  for (int layer = 0; layer < kFeatureLayers; ++layer) {
    const bool last = layer + 1 == kFeatureLayers;
    cnn_.push_back(read_conv({.in_channels = layer == 0 ? spec.channels : spec.width,
                              .out_channels = spec.width,
                              .activation = last ? nn::Activation::None : nn::Activation::Relu},
                             weights.below("cnn." + std::to_string(layer))));
  }
  metric_ = weights.read("metric", {spec.heads, spec.features, spec.features});
  mix_ = weights.read("mix", {spec.heads});
  relaxation_ = weights.read("relaxation", {1}).front();
}

void UnrolledBlock::features(TensorView<const float> x, TensorView<float> f) const {
  nn::FeatureMap current, next;
  current.assign(x);
  for (const nn::Conv2d& conv : cnn_) {
    conv.forward(current, next);
    std::swap(current, next);
  }
  current.copy_to(f);
}

void UnrolledBlock::run(const Observed& in,
                        TensorView<float> out,
                        const SolveHead& solve,
                        Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const Shape shape = out.shape();
  const auto planes = [&](int n) { return scratch.take({n, shape.height, shape.width}); };

  const auto f = planes(spec_.width);
  features(in.estimate, f);

  const auto weights = planes(graph::kEdgePlanes);
  const auto x_g = planes(shape.channels);
  const std::size_t count = shape.count();
  for (int g = 0; g < spec_.heads; ++g) {
    const std::size_t metric_size = static_cast<std::size_t>(spec_.features) * spec_.features;
    graph::edge_weights(f.channels(g * spec_.features, spec_.features),
                        metric_.data() + g * metric_size, weights, scratch);
    base::for_each_part_inside(count, [&](std::size_t i, std::size_t end) {
      std::copy(in.estimate.data() + i, in.estimate.data() + end, x_g.data() + i);
    });
    solve(g, weights, x_g);
    base::for_each_part_inside(count, [&](std::size_t i, std::size_t end) {
      const float* x = x_g.data();
      float* const mixed = out.data();
      for (; i < end; ++i) mixed[i] = (g > 0 ? mixed[i] : 0.0F) + mix_[g] * x[i];
    });
  }

  const float keep = 1.0F - relaxation_;
  base::for_each_part_inside(count, [&](std::size_t i, std::size_t end) {
    for (; i < end; ++i) out.data()[i] = relaxation_ * out.data()[i] + keep * in.estimate.data()[i];
  });
  if (spec_.observation != ObservationKind::Noise) keep_samples(in, out);
}

StageNeeds UnrolledBlock::needs() const {
  StageNeeds needs;
  for (const nn::Conv2d& conv : cnn_) needs.border = conv.border_after(needs.border);
  needs.border += spec_.reach();
  needs.border += needs.border % 2;
  needs.grid = nn::kTileGrid;
  const int planes =
      4 * spec_.width + graph::kEdgePlanes * 2 + spec_.channels * (12 + 4 * graph::kEdgePlanes);
  needs.bytes_per_pixel = sizeof(float) * static_cast<std::size_t>(planes);
  return needs;
}

std::vector<std::vector<CgSteps>> unrolled_steps(const UnrolledGraphSpec& spec,
                                                 const checkpoint::Weights& weights,
                                                 const std::vector<float>& bound_by_layer) {
  const std::vector<std::int64_t> shape{spec.layers, spec.steps, spec.heads};
  const std::vector<float> alpha = weights.read("alpha_logit", shape);
  const std::vector<float> beta = weights.read("beta_logit", shape);
  const std::size_t per_layer = static_cast<std::size_t>(spec.steps) * spec.heads;
  std::vector<std::vector<CgSteps>> steps;
  for (int layer = 0; layer < spec.layers; ++layer) {
    const auto part = [&](const std::vector<float>& all) {
      return std::vector<float>(all.begin() + layer * per_layer,
                                all.begin() + (layer + 1) * per_layer);
    };
    steps.push_back(decode_steps(part(alpha), part(beta),
                                 std::vector<float>(spec.heads, bound_by_layer[layer])));
  }
  return steps;
}

}  // namespace tessera::model
