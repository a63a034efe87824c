// SPDX-License-Identifier: MIT
#include "model/networks/graph_mixture_net.h"

#include <algorithm>
#include <string>

#include "model/blocks/observation_pack.h"
#include "model/blocks/read_conv.h"
#include "model/trace.h"

namespace tessera::model {
GraphMixtureNet::GraphMixtureNet(const GraphMixtureSpec& spec,
                                 const checkpoint::Weights& weights,
                                 Precision precision)
    : spec_(spec),
      precision_(precision),
      head_(read_conv({.in_channels = packed_planes(spec.observation, spec.channels),
                       .out_channels = spec.backbone.width},
                      weights.below("head"))),
      skip_(read_conv({.in_channels = packed_planes(spec.observation, spec.channels),
                       .out_channels = 4 * spec.channels,
                       .adds_residual = true},
                      weights.below("skip"))),
      tail_(read_conv({.in_channels = spec.backbone.width, .out_channels = 4 * spec.channels},
                      weights.below("tail"))),
      backbone_(spec.backbone, {}, weights, precision) {
  if (!spec.image_graph.present()) return;
  if (is_noisy(spec.observation))
    noise_graph_.emplace_back(spec.image_graph, spec.observation, spec.backbone.width,
                              weights.below("image_graph"));
  else
    image_graph_.emplace_back(spec.image_graph, spec.backbone.width, weights.below("image_graph"));
}

int GraphMixtureNet::packed_channels() const {
  return packed_planes(spec_.observation, spec_.channels);
}

// Values and their rounding travel through every layer in turn, see nn::Conv2d::border_after.
int GraphMixtureNet::final_border(int border) const {
  int pixels = 2 * tail_.border_after(border);
  for (const auto& graph : image_graph_) pixels += graph.border();
  for (const auto& graph : noise_graph_) pixels += graph.border();
  return pixels;
}

StageNeeds GraphMixtureNet::needs(int /*stage*/) const {
  // A step of the thin plate looks two pixels far, one at half resolution.
  const int border = final_border(backbone_.border_after(head_.border_after(spec_.fill_steps)));
  StageNeeds needs;
  needs.border = border + border % 2;
  needs.grid = size_multiple() * nn::kTileGrid;
  // The backbone at a quarter of the pixels. What comes behind it is less.
  const int planes = static_cast<int>(backbone_.floats_per_pixel() / 4) + packed_channels() +
                     6 * spec_.channels + (spec_.fill_steps > 0 ? 3 : 0);
  needs.bytes_per_pixel = sizeof(float) * static_cast<std::size_t>(planes);
  return needs;
}

void GraphMixtureNet::run(int /*stage*/,
                          const Observed& in,
                          TensorView<float> out,
                          Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const auto enter = [&](const char* layer) {
    if (in.trace != nullptr) in.trace->enter(layer);
  };
  enter("pack");
  nn::FeatureMap packed = pack_observation(spec_.observation, in, scratch, spec_.fill_steps);
  nn::FeatureMap features;
  enter("head");
  head_.forward(packed, features);
  Cropping cropping{in.margins, [this](int border) { return final_border(border); }};
  backbone_.run(features, scratch, in.trace, cropping);
  if (cropping.margins == in.margins) return finish(features, packed, in, out, scratch);

  // The rest of the network works on the part that is left.
  const Margins &all = in.margins, &kept = cropping.margins;
  const Region part{all.top - kept.top, all.left - kept.left, 2 * features.shape().height,
                    2 * features.shape().width};
  packed.crop({part.top / 2, part.left / 2, part.height / 2, part.width / 2});
  const auto cut = [&](TensorView<const float> planes) -> TensorView<const float> {
    if (planes.empty()) return planes;
    const auto copy = scratch.take({planes.channels(), part.height, part.width});
    copy_region(planes, part, copy);
    return copy;
  };
  const Observed seen{cut(in.samples), cut(in.mask), {}, {}, in.trace};
  const auto result = scratch.take({out.channels(), part.height, part.width});
  finish(features, packed, seen, result, scratch);
  paste_region(result, out, part.top, part.left);
}

void GraphMixtureNet::finish(const nn::FeatureMap& features,
                             const nn::FeatureMap& packed,
                             const Observed& in,
                             TensorView<float> out,
                             Workspace& scratch) const {
  const auto enter = [&](const char* layer) {
    if (in.trace != nullptr) in.trace->enter(layer);
  };
  // The prior mean r, a residual on top of a linear interpolation.
  enter("tail");
  nn::FeatureMap mean;
  nn::forward_sum(tail_, features, skip_, packed, mean);
  const bool has_graph = !image_graph_.empty() || !noise_graph_.empty();
  const bool is_watched = in.trace != nullptr && in.trace->wants_values();
  if (!has_graph || is_watched) mean.copy_cells_to(out);
  trace_state(in.trace, "image", 1, out);

  enter(has_graph ? "image_graph" : "samples");
  const ImageGraphInput input{features, mean, in};
  for (const auto& graph : noise_graph_) graph.restore(input, out, scratch);
  for (const auto& graph : image_graph_) graph.restore(input, out, scratch);
  if (!is_noisy(spec_.observation) && image_graph_.empty()) keep_samples(in, out);
}

}  // namespace tessera::model
