// SPDX-License-Identifier: MIT
#include "model/noise_graph_block.h"

#include <algorithm>
#include <cmath>

#include "graph/edge_weights.h"
#include "graph/neighbourhood.h"
#include "model/trace.h"

namespace tessera::model {
namespace {

float sigmoid(float logit) { return 1.0F / (1.0F + std::exp(-logit)); }

}  // namespace

NoiseGraphBlock::NoiseGraphBlock(const ImageGraphSpec& spec,
                                 int width,
                                 const checkpoint::Weights& weights)
    : spec_(spec),
      node_features_(pointwise_conv(width, 4 * spec.heads * (spec.features + 2), weights)),
      mix_(weights.read("mix", {spec.heads})) {
  const std::vector<float> bound(spec.heads, kConfidenceLimit + graph::kLaplacianSpectralBound);
  steps_ = decode_steps(weights.read("alpha_logit", {spec.steps, spec.heads}),
                        weights.read("beta_logit", {spec.steps, spec.heads}), bound);
}

void NoiseGraphBlock::restore(const nn::FeatureMap& features,
                              const Observed& in,
                              TensorView<float> estimate,
                              Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const Shape shape = estimate.shape();
  const std::size_t count = shape.count(), plane = shape.plane();
  const auto planes = [&](int n) { return scratch.take({n, shape.height, shape.width}); };

  // Node features, then the logits of confidence and fidelity, at full resolution.
  nn::FeatureMap node_map;
  node_features_.forward(features, node_map);
  const auto packed = scratch.take(node_map.shape());
  node_map.copy_to(packed);
  const auto nodes = planes(spec_.heads * (spec_.features + 2));
  pixel_shuffle2(packed, nodes);

  const auto residual = planes(shape.channels);
  for (std::size_t i = 0; i < count; ++i)
    residual.data()[i] = in.samples.data()[i] - estimate.data()[i];

  const auto weights = planes(graph::kEdgePlanes);
  const auto confidence = planes(1);
  const auto b = planes(shape.channels);
  const auto e = planes(shape.channels);
  const int first_logit = spec_.heads * spec_.features;
  for (int g = 0; g < spec_.heads; ++g) {
    graph::edge_weights(nodes.channels(g * spec_.features, spec_.features), weights, scratch);
    const float* confidence_logit = nodes.plane(first_logit + g);
    const float* share_logit = nodes.plane(first_logit + spec_.heads + g);
    for (std::size_t i = 0; i < plane; ++i) {
      const float c = kConfidenceLimit * sigmoid(confidence_logit[i]);
      const float fidelity = c * sigmoid(share_logit[i]);
      confidence.data()[i] = c;
      for (int k = 0; k < shape.channels; ++k) b.plane(k)[i] = fidelity * residual.plane(k)[i];
    }
    std::fill_n(e.data(), count, 0.0F);
    const graph::FilterMatrix matrix{.weights = weights, .diagonal = confidence};
    if (in.trace != nullptr)
      in.trace->filter({.head = g,
                        .weights = weights,
                        .matrix = matrix,
                        .b = b,
                        .start = e,
                        .steps = steps_[g],
                        .share = mix_[g]});
    graph::filter_by_learned_cg(matrix, b, e, steps_[g], scratch);
    for (std::size_t i = 0; i < count; ++i) estimate.data()[i] += mix_[g] * e.data()[i];
  }
}

}  // namespace tessera::model
