// SPDX-License-Identifier: MIT
#include "model/blocks/image_graph_heads.h"

#include <algorithm>

#include "graph/neighbourhood.h"
#include "model/trace.h"

namespace tessera::model {
namespace {

// Tells `trace` of a head's problem, whose planes are made for that alone.
void tell(Trace& trace,
          const graph::LearnedFilter& filter,
          graph::RowProblem& problem,
          const ImageGraphHead& head,
          Workspace& scratch) {
  const graph::FilterPlanes planes = graph::planes_of(filter, problem, scratch);
  const auto zero = scratch.take(planes.b.shape());
  std::fill_n(zero.data(), zero.shape().count(), 0.0F);
  trace.filter({.head = head.index,
                .weights = planes.matrix.weights,
                .matrix = planes.matrix,
                .b = planes.b,
                .start = zero,
                .steps = filter.steps,
                .mix = head.mix});
}

}  // namespace

ImageGraphHeads::ImageGraphHeads(const ImageGraphSpec& spec,
                                 int logits,
                                 bool extends,
                                 int width,
                                 const checkpoint::Weights& weights)
    : spec_(spec),
      extends_(extends),
      node_features_(
          width,
          spec.heads * (spec.features + logits),
          weights.read("features.weight", {4 * spec.heads * (spec.features + logits), width, 1, 1}),
          weights.read("features.bias", {4 * spec.heads * (spec.features + logits)})),
      mix_(weights.read("mix", {spec.heads})) {
  const std::vector<float> bound(spec.heads, kConfidenceLimit + graph::kLaplacianSpectralBound);
  steps_ = decode_steps(weights.read("alpha_logit", {spec.steps, spec.heads}),
                        weights.read("beta_logit", {spec.steps, spec.heads}), bound);
}

void ImageGraphHeads::solve(const ImageGraphInput& input,
                            const MakeProblem& make,
                            TensorView<float> out,
                            Workspace& scratch) const {
  const nn::SubPixelConv2d::Rows nodes(node_features_, input.features);
  const nn::CellRows mean(input.mean);
  const ImageGraphPicture picture{nodes, mean, input.observed, out};
  Trace* const trace = input.observed.trace;
  for (int g = 0; g < spec_.heads; ++g) {
    const ImageGraphHead head{g, spec_.heads, spec_.features, mix_[g]};
    const graph::LearnedFilter filter{.channels = out.channels(),
                                      .features = spec_.features,
                                      .height = out.height(),
                                      .width = out.width(),
                                      .extends = extends_,
                                      .steps = steps_[g],
                                      .grid = 2};
    if (trace != nullptr && trace->wants_values()) {
      const WorkspaceScope scope(scratch);
      tell(*trace, filter, *make(picture, head, out.width(), scratch), head, scratch);
    }
    graph::filter_on_learned_graph(
        filter, [&](int widest, Workspace& memory) { return make(picture, head, widest, memory); },
        scratch);
  }
}

int ImageGraphHeads::border() const {
  return graph::halo_of({.extends = extends_, .steps = steps_.front()});
}

}  // namespace tessera::model
