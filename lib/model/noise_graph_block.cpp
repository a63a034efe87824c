// SPDX-License-Identifier: MIT
#include "model/noise_graph_block.h"

#include <algorithm>
#include <cmath>

#include "graph/edge_weights.h"
#include "graph/neighbourhood.h"
#include "model/trace.h"
#include "observation/sampling.h"

namespace tessera::model {
namespace {

float sigmoid(float logit) { return 1.0F / (1.0F + std::exp(-logit)); }

/// Zeros where a mosaic of phase RGGB has no sample.
void forget_unmeasured(TensorView<float> planes) {
  for (int c = 0; c < planes.channels(); ++c)
    for (int y = 0; y < planes.height(); ++y)
      for (int x = 0; x < planes.width(); ++x)
        if (observation::bayer_channel(BayerPattern::RGGB, y, x) != c) planes(c, y, x) = 0.0F;
}

}  // namespace

NoiseGraphBlock::NoiseGraphBlock(const ImageGraphSpec& spec,
                                 ObservationKind observation,
                                 int width,
                                 const checkpoint::Weights& weights)
    : spec_(spec), observation_(observation), heads_(spec, 2, width, weights) {}

void NoiseGraphBlock::restore(const nn::FeatureMap& features,
                              const Observed& in,
                              TensorView<float> estimate,
                              Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const Shape shape = estimate.shape();
  const std::size_t count = shape.count(), plane = shape.plane();
  const auto planes = [&](int n) { return scratch.take({n, shape.height, shape.width}); };

  const auto nodes = heads_.nodes(features, scratch);

  const auto residual = planes(shape.channels);
  for (std::size_t i = 0; i < count; ++i)
    residual.data()[i] = in.samples.data()[i] - estimate.data()[i];
  if (observation_ == ObservationKind::NoisyBayer) forget_unmeasured(residual);

  const auto weights = planes(graph::kEdgePlanes);
  const auto confidence = planes(1);
  const auto b = planes(shape.channels);
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
    heads_.add_solution(g, {.weights = weights, .diagonal = confidence}, b, estimate, in.trace,
                        scratch);
  }
}

}  // namespace tessera::model
