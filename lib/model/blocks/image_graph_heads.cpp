// SPDX-License-Identifier: MIT
#include "model/blocks/image_graph_heads.h"

#include <algorithm>

#include "base/assertion.h"
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
                .from_zero = true,
                .steps = filter.steps,
                .mix = head.mix});
}

// Of one head, what the file has for the planes of all: their features, then their logits of each
// kind. So many numbers belong to a plane.
std::vector<float> part_of_head(
    const ImageGraphSpec& spec, int logits, int head, const std::vector<float>& all, int numbers) {
  std::vector<float> part;
  const auto take = [&](int plane, int count) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(plane) * numbers;
    part.insert(part.end(), first, first + static_cast<std::ptrdiff_t>(count) * numbers);
  };
  take(head * spec.features, spec.features);
  for (int kind = 0; kind < logits; ++kind) take(spec.heads * (spec.features + kind) + head, 1);
  return part;
}

std::vector<nn::SubPixelConv2d> node_convolutions(const ImageGraphSpec& spec,
                                                  int logits,
                                                  int width,
                                                  const checkpoint::Weights& weights) {
  const int cells = nn::kCellPixels, rows = cells * spec.heads * (spec.features + logits);
  const std::vector<float> kernels = weights.read("features.weight", {rows, width, 1, 1});
  const std::vector<float> bias = weights.read("features.bias", {rows});
  std::vector<nn::SubPixelConv2d> heads;
  for (int g = 0; g < spec.heads; ++g)
    heads.emplace_back(width, spec.features + logits,
                       part_of_head(spec, logits, g, kernels, cells * width),
                       part_of_head(spec, logits, g, bias, cells));
  return heads;
}

}  // namespace

ImageGraphHeads::ImageGraphHeads(const ImageGraphSpec& spec,
                                 int logits,
                                 bool extends,
                                 int width,
                                 const checkpoint::Weights& weights)
    : spec_(spec),
      extends_(extends),
      nodes_(node_convolutions(spec, logits, width, weights)),
      mix_(weights.read("mix", {spec.heads})) {
  const std::vector<float> bound(spec.heads, kConfidenceLimit + graph::kLaplacianSpectralBound);
  steps_ = decode_steps(weights.read("alpha_logit", {spec.steps, spec.heads}),
                        weights.read("beta_logit", {spec.steps, spec.heads}), bound);
}

void ImageGraphHeads::solve(const ImageGraphInput& input,
                            const MakeProblem& make,
                            TensorView<float> out,
                            Workspace& scratch) const {
  const nn::CellRows mean(input.mean);
  const ImageGraphPicture picture{mean, input.observed, out};
  [[maybe_unused]] const Shape cells = input.features.shape();
  TESSERA_ASSERT((out.shape() == Shape{mean.planes(), 2 * cells.height, 2 * cells.width}));
  TESSERA_ASSERT(input.observed.samples.shape() == out.shape());
  Trace* const trace = input.observed.trace;
  for (int g = 0; g < spec_.heads; ++g) {
    const nn::SubPixelConv2d::Rows nodes(nodes_[g], input.features);
    const ImageGraphHead head{g, spec_.features, mix_[g], nodes};
    const graph::LearnedFilter filter{.channels = out.channels(),
                                      .features = spec_.features,
                                      .height = out.height(),
                                      .width = out.width(),
                                      .extends = extends_,
                                      .steps = steps_[g],
                                      .grid = 2};  // rows of cells are pairs of pixels
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
