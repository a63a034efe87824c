// SPDX-License-Identifier: MIT
#include "model/networks/transformer_net.h"

#include <numeric>
#include <string>

#include "model/blocks/graph_block.h"
#include "model/blocks/observation_pack.h"
#include "model/blocks/read_conv.h"
#include "model/trace.h"

namespace tessera::model {

TransformerNet::TransformerNet(const TransformerSpec& spec, const checkpoint::Weights& weights)
    : spec_(spec),
      head_(read_conv({.in_channels = packed_planes(spec.observation, spec.channels),
                       .out_channels = spec.width},
                      weights.below("head"))),
      skip_(read_conv({.in_channels = packed_planes(spec.observation, spec.channels),
                       .out_channels = 4 * spec.channels,
                       .adds_residual = true},
                      weights.below("skip"))),
      tail_(read_conv({.in_channels = spec.width, .out_channels = 4 * spec.channels},
                      weights.below("tail"))) {
  for (int k = 0; k < spec.blocks; ++k)
    blocks_.emplace_back(spec, k, weights.below("blocks." + std::to_string(k)));
}

StageNeeds TransformerNet::needs(int /*stage*/) const {
  int half_border = head_.border_after(0);
  for (const auto& block : blocks_) half_border = block.border_after(half_border);
  StageNeeds needs;
  needs.border = 2 * tail_.border_after(half_border);
  needs.splits_tile = false;
  needs.grid = 2 * std::lcm(nn::kTileGrid, spec_.window);
  // At a quarter of the pixels two copies of the features, the expanded ones, input and output.
  const int planes = (2 * spec_.width + (spec_.depthwise ? spec_.hidden : 0)) / 4 +
                     packed_planes(spec_.observation, spec_.channels) + 4 * spec_.channels;
  needs.bytes_per_pixel = sizeof(float) * static_cast<std::size_t>(planes);
  return needs;
}

nn::FeatureMap TransformerNet::features(const nn::FeatureMap& packed,
                                        Workspace& scratch,
                                        Trace* trace) const {
  const WorkspaceScope scope(scratch);
  nn::FeatureMap map;
  head_.forward(packed, map);
  const auto h = scratch.take({map.shape().height, map.shape().width, spec_.width});
  map.copy_to_pixels(h);
  trace_pixels(trace, "features", 2, h, scratch);
  for (const auto& block : blocks_) block.forward(h, scratch, trace);
  map.assign_pixels(h);
  return map;
}

void TransformerNet::run(int /*stage*/,
                         const Observed& in,
                         TensorView<float> out,
                         Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const nn::FeatureMap packed = pack_observation(spec_.observation, in, scratch);
  nn::FeatureMap mean;
  tail_.forward(features(packed, scratch, in.trace), mean);
  skip_.forward(packed, mean, &mean);
  mean.copy_cells_to(out);
  if (in.trace != nullptr) in.trace->enter("tail");
  if (spec_.observation == ObservationKind::Noise) return;
  trace_state(in.trace, "image", 1, out);
  if (in.trace != nullptr) in.trace->enter("samples");
  keep_samples(in, out);
}

}  // namespace tessera::model
