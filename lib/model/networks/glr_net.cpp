// SPDX-License-Identifier: MIT
#include "model/networks/glr_net.h"

#include <cmath>
#include <string>

#include "base/threads/threads_inside.h"
#include "graph/neighbourhood.h"
#include "model/trace.h"

namespace tessera::model {

GlrNet::GlrNet(const UnrolledGraphSpec& spec, const checkpoint::Weights& weights) : spec_(spec) {
  for (int b = 0; b < spec.blocks; ++b) {
    const auto block = weights.below("blocks." + std::to_string(b));
    std::vector<float> rho = block.read("log_rho", {spec.layers});
    std::vector<float> bound;
    for (float& value : rho) {
      value = std::exp(value);
      bound.push_back(graph::kLaplacianSpectralBound + value);
    }
    auto steps = unrolled_steps(spec, block, bound);
    blocks_.push_back({UnrolledBlock(spec, block), std::move(rho), std::move(steps)});
  }
}

StageNeeds GlrNet::needs(int stage) const { return blocks_[stage].common.needs(); }

void GlrNet::run(int stage, const Observed& in, TensorView<float> out, Workspace& scratch) const {
  const Block& block = blocks_[stage];
  const WorkspaceScope scope(scratch);
  const auto b = scratch.take(out.shape());

  if (in.trace != nullptr) in.trace->enter("blocks." + std::to_string(stage));
  block.common.run(
      in, out,
      [&](int head, TensorView<const float> weights, TensorView<float> x_g) {
        for (int layer = 0; layer < spec_.layers; ++layer) {
          const float rho = block.rho[layer];
          graph::FilterMatrix matrix{.weights = weights, .diagonal_value = rho};
          // Samples are zero where nothing was measured.
          base::for_each_part_inside(b.shape().count(), [&](std::size_t i, std::size_t end) {
            for (; i < end; ++i) b.data()[i] = rho * in.samples.data()[i];
          });
          if (spec_.observation != ObservationKind::Noise) {
            matrix.diagonal = in.mask;
            matrix.diagonal_scale = rho;
          }
          run_filter({.head = head,
                      .iteration = layer,
                      .weights = weights,
                      .matrix = matrix,
                      .b = b,
                      .steps = block.steps[layer][head],
                      .mix = block.common.mix(head)},
                     x_g, in.trace, scratch);
        }
      },
      scratch);
}

}  // namespace tessera::model
