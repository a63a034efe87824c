// SPDX-License-Identifier: MIT
#include "model/blocks/noise_graph_block.h"

#include <span>

#include "base/threads/threads_inside.h"
#include "graph/edge_weights.h"
#include "graph/logistic.h"
#include "graph/neighbourhood.h"
#include "model/trace.h"
#include "observation/sampling.h"

namespace tessera::model {
namespace {

/// Zeros where a mosaic of phase RGGB has no sample, in row y of plane c.
void forget_unmeasured(int c, int y, std::span<float> row) {
  for (std::size_t x = 0; x < row.size(); ++x)
    if (observation::bayer_channel(BayerPattern::RGGB, y, static_cast<int>(x)) != c) row[x] = 0.0F;
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
  const auto planes = [&](int n) { return scratch.take({n, shape.height, shape.width}); };

  const auto nodes = heads_.nodes(features, scratch);

  const auto residual = planes(shape.channels);
  const int width = shape.width;
  const auto pixels = static_cast<std::size_t>(width);
  const auto find_residual = [&](int y) {
    for (int c = 0; c < shape.channels; ++c) {
      const float *y_row = in.samples.row(c, y), *r_row = estimate.row(c, y);
      float* const d_row = residual.row(c, y);
      for (int x = 0; x < width; ++x) d_row[x] = y_row[x] - r_row[x];
      if (observation_ == ObservationKind::NoisyBayer) forget_unmeasured(c, y, {d_row, pixels});
    }
  };

  const auto weights = planes(graph::kEdgePlanes);
  const auto confidence = planes(1), relative_fidelity = planes(1);
  const auto b = planes(shape.channels);
  const int first_logit = spec_.heads * spec_.features;
  for (int g = 0; g < spec_.heads; ++g) {
    graph::edge_weights(nodes.channels(g * spec_.features, spec_.features), weights, scratch);
    base::for_each_inside(shape.height, [&](int y) {
      if (g == 0) find_residual(y);
      float *const c_row = confidence.row(0, y), *const f_row = relative_fidelity.row(0, y);
      graph::logistic(std::span(nodes.row(first_logit + g, y), pixels), kConfidenceLimit,
                      std::span(c_row, pixels));
      graph::logistic(std::span(nodes.row(first_logit + spec_.heads + g, y), pixels), 1.0F,
                      std::span(f_row, pixels));
      for (int k = 0; k < shape.channels; ++k) {
        const float* const d_row = residual.row(k, y);
        float* const b_row = b.row(k, y);
        for (int x = 0; x < width; ++x) b_row[x] = c_row[x] * f_row[x] * d_row[x];
      }
    });
    heads_.add_solution(g, {.weights = weights, .diagonal = confidence}, b, estimate, in.trace,
                        scratch);
  }
}

}  // namespace tessera::model
