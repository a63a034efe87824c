// SPDX-License-Identifier: MIT
#include "model/blocks/graph_block.h"

#include <algorithm>
#include <cmath>

#include "base/threads/threads_inside.h"
#include "graph/edge_weights.h"
#include "graph/laplacian.h"
#include "graph/logistic.h"
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

ImageGraphHeads::ImageGraphHeads(const ImageGraphSpec& spec,
                                 int logits,
                                 int width,
                                 const checkpoint::Weights& weights)
    : spec_(spec),
      planes_(spec.heads * (spec.features + logits)),
      node_features_(width,
                     planes_,
                     weights.read("features.weight", {4 * planes_, width, 1, 1}),
                     weights.read("features.bias", {4 * planes_})),
      mix_(weights.read("mix", {spec.heads})) {
  const std::vector<float> bound(spec.heads, kConfidenceLimit + graph::kLaplacianSpectralBound);
  steps_ = decode_steps(weights.read("alpha_logit", {spec.steps, spec.heads}),
                        weights.read("beta_logit", {spec.steps, spec.heads}), bound);
}

TensorView<float> ImageGraphHeads::nodes(const nn::FeatureMap& features, Workspace& scratch) const {
  const Shape half = features.shape();
  const auto nodes = scratch.take({planes_, 2 * half.height, 2 * half.width});
  node_features_.forward(features, nodes);
  return nodes;
}

void ImageGraphHeads::add_solution(int head,
                                   const graph::FilterMatrix& matrix,
                                   TensorView<const float> b,
                                   TensorView<float> estimate,
                                   Trace* trace,
                                   Workspace& scratch) const {
  add_filtered({.head = head,
                .weights = matrix.weights,
                .matrix = matrix,
                .b = b,
                .steps = steps_[head],
                .mix = mix_[head]},
               estimate, trace, scratch);
}

ImageGraphBlock::ImageGraphBlock(const ImageGraphSpec& spec,
                                 int width,
                                 const checkpoint::Weights& weights)
    : spec_(spec), heads_(spec, 1, width, weights) {}

void ImageGraphBlock::restore(const nn::FeatureMap& features,
                              const Observed& in,
                              TensorView<float> estimate,
                              Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const Shape shape = estimate.shape();
  const auto planes = [&](int n) { return scratch.take({n, shape.height, shape.width}); };
  const auto nodes = heads_.nodes(features, scratch);

  // The innovation on the measured samples, and where it is free. What is measured is final: heads
  // add zero to it.
  const auto innovation = planes(shape.channels);
  const auto free = planes(shape.channels);
  base::for_each_part_inside(shape.count(), [&](std::size_t i, std::size_t end) {
    for (; i < end; ++i) {
      const float mask = in.mask.data()[i];
      free.data()[i] = 1.0F - mask;
      innovation.data()[i] = mask * (in.samples.data()[i] - estimate.data()[i]);
      estimate.data()[i] = mask != 0.0F ? in.samples.data()[i] : estimate.data()[i];
    }
  });

  const auto weights = planes(graph::kEdgePlanes);
  const auto confidence = planes(1);
  const auto b = planes(shape.channels);
  for (int g = 0; g < spec_.heads; ++g) {
    graph::edge_weights(nodes.channels(g * spec_.features, spec_.features), weights, scratch);
    // Of the prior mean, in (0, kConfidenceLimit).
    graph::logistic(nodes.channels(spec_.heads * spec_.features + g, 1), kConfidenceLimit,
                    confidence);
    graph::apply_laplacian(weights, innovation, b);
    base::for_each_part_inside(shape.count(), [&](std::size_t i, std::size_t end) {
      for (; i < end; ++i) b.data()[i] *= -free.data()[i];
    });
    heads_.add_solution(g, {.weights = weights, .diagonal = confidence, .free = free}, b, estimate,
                        in.trace, scratch);
  }
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
