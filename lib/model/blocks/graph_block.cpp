// SPDX-License-Identifier: MIT
#include "model/blocks/graph_block.h"

#include <algorithm>
#include <cmath>

#include "base/threads/threads_inside.h"
#include "graph/edge_weights.h"
#include "graph/laplacian.h"
#include "graph/neighbourhood.h"
#include "model/blocks/read_conv.h"
#include "model/trace.h"
#include "solver/learned_cg.h"

namespace tessera::model {
namespace {

std::vector<float> exponentials(std::vector<float> logarithms) {
  for (float& value : logarithms) value = std::exp(value);
  return logarithms;
}

float mean_of(const std::vector<float>& values, int first, int count) {
  float sum = 0.0F;
  for (int i = first; i < first + count; ++i) sum += values[i];
  return sum / static_cast<float>(count);
}

}  // namespace

std::vector<CgSteps> decode_steps(const std::vector<float>& alpha_logit,
                                  const std::vector<float>& beta_logit,
                                  const std::vector<float>& bound) {
  const std::size_t heads = bound.size();
  std::vector<CgSteps> steps(heads);
  for (std::size_t i = 0; i < alpha_logit.size(); ++i) {
    const std::size_t head = i % heads;
    const auto step = solver::learned_step(alpha_logit[i], beta_logit[i], bound[head]);
    steps[head].push_back({step.alpha, step.beta});
  }
  return steps;
}

FeatureGraphBlock::FeatureGraphBlock(const FeatureGraphSpec& spec,
                                     int width,
                                     int scale,
                                     const checkpoint::Weights& weights)
    : spec_(spec),
      width_(width),
      scale_(scale),
      node_features_(
          read_conv({.in_channels = width, .out_channels = spec.heads * spec.features, .kernel = 1},
                    weights.below("features"))),
      mu_(exponentials(weights.read("log_mu", {spec.heads}))),
      mix_(weights.read("mix", {width})) {
  std::vector<float> bound(mu_.size());
  for (std::size_t g = 0; g < bound.size(); ++g)
    bound[g] = 1.0F + mu_[g] * graph::kLaplacianSpectralBound;
  steps_ = decode_steps(weights.read("alpha_logit", {spec.steps, spec.heads}),
                        weights.read("beta_logit", {spec.steps, spec.heads}), bound);
}

void FeatureGraphBlock::filter(nn::FeatureMap& features, Workspace& scratch, Trace* trace) const {
  const WorkspaceScope scope(scratch);
  const Shape shape = features.shape();
  const auto planes = [&](int count) { return scratch.take({count, shape.height, shape.width}); };

  // The nodes' features, and the signal h in planes.
  nn::FeatureMap node_map;
  node_features_.forward(features, node_map);
  const auto nodes = planes(spec_.heads * spec_.features);
  node_map.copy_to(nodes);
  const auto h = planes(width_);
  features.copy_to(h);

  // Each head smooths its own planes on its own graph.
  const int head_width = width_ / spec_.heads;
  const auto weights = planes(graph::kEdgePlanes);
  const auto u = planes(head_width);
  for (int g = 0; g < spec_.heads; ++g) {
    graph::edge_weights(nodes.channels(g * spec_.features, spec_.features), weights, scratch);
    const auto h_g = h.channels(g * head_width, head_width);
    std::copy_n(h_g.data(), h_g.shape().count(), u.data());
    const graph::FilterMatrix identity_plus_laplacian{
        .weights = weights, .laplacian_scale = mu_[g], .diagonal_value = 1.0F};
    run_filter({.head = g,
                .scale = scale_,
                .weights = weights,
                .matrix = identity_plus_laplacian,
                .b = h_g,
                .steps = steps_[g],
                .mix = mean_of(mix_, g * head_width, head_width)},
               u, trace, scratch);
    for (int c = 0; c < head_width; ++c) {
      const float mix = mix_[g * head_width + c];
      float* out = h_g.plane(c);
      const float* filtered = u.plane(c);
      for (std::size_t i = 0; i < shape.plane(); ++i) out[i] += mix * (filtered[i] - out[i]);
    }
  }
  features.assign(h);
}

void keep_samples(const Observed& in, TensorView<float> x) {
  const int height = x.height(), width = x.width();
  base::for_each_inside(x.channels() * height, [&](int row) {
    const int c = row / height, y = row % height;
    const float *const mask = in.mask.row(c, y), *const samples = in.samples.row(c, y);
    float* const out = x.row(c, y);
    for (int i = 0; i < width; ++i) out[i] = mask[i] != 0.0F ? samples[i] : out[i];
  });
}

}  // namespace tessera::model
