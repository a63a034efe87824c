// SPDX-License-Identifier: MIT
#include "model/graph_mixture_net.h"

#include <algorithm>
#include <string>

#include "model/observation_pack.h"
#include "model/trace.h"

namespace tessera::model {
namespace {

nn::Conv2d conv(nn::ConvSpec spec, const checkpoint::Weights& weights) {
  return nn::Conv2d(spec, weights.read("weight", {spec.out_channels, spec.in_channels, 3, 3}),
                    weights.read("bias", {spec.out_channels}));
}

}  // namespace

GraphMixtureNet::GraphMixtureNet(const GraphMixtureSpec& spec,
                                 const checkpoint::Weights& weights,
                                 Precision precision)
    : spec_(spec),
      head_(conv({.in_channels = packed_planes(spec.observation, spec.channels),
                  .out_channels = spec.width},
                 weights.below("head"))),
      skip_(conv({.in_channels = packed_planes(spec.observation, spec.channels),
                  .out_channels = 4 * spec.channels,
                  .adds_residual = true},
                 weights.below("skip"))),
      tail_(conv({.in_channels = spec.width, .out_channels = 4 * spec.channels},
                 weights.below("tail"))) {
  const auto algorithm =
      precision == Precision::Bf16 ? nn::ConvAlgorithm::Bf16 : nn::ConvAlgorithm::Auto;
  for (int k = 0; k < spec.blocks; ++k) {
    const auto block = weights.below("blocks." + std::to_string(k));
    const nn::ConvSpec inner{
        .in_channels = spec.width, .out_channels = spec.width, .algorithm = algorithm};
    nn::ConvSpec first = inner, second = inner;
    first.activation = nn::Activation::Relu;
    second.adds_residual = true;
    blocks_.push_back({conv(first, block.below("conv1")), conv(second, block.below("conv2"))});
  }
  for (std::size_t j = 0; j < spec.feature_graphs.size(); ++j)
    feature_graphs_.emplace_back(spec.feature_graphs[j], spec.width,
                                 weights.below("feature_graphs." + std::to_string(j)));
  if (!spec.image_graph.present()) return;
  if (spec.observation == ObservationKind::Noise)
    noise_graph_.emplace_back(spec.image_graph, spec.width, weights.below("image_graph"));
  else
    image_graph_.emplace_back(spec.image_graph, spec.width, weights.below("image_graph"));
}

int GraphMixtureNet::packed_channels() const {
  return packed_planes(spec_.observation, spec_.channels);
}

StageNeeds GraphMixtureNet::needs(int /*stage*/) const {
  // Values and their rounding travel through every layer in turn, see nn::Conv2d::border_after.
  // A step of the thin plate looks two pixels far, one at half resolution.
  int half_border = head_.border_after(spec_.fill_steps);
  for (int k = 0; k <= spec_.blocks; ++k) {
    for (std::size_t j = 0; j < feature_graphs_.size(); ++j)
      if (spec_.feature_graphs[j].after == k) half_border += feature_graphs_[j].border();
    if (k < spec_.blocks)
      half_border = blocks_[k].conv2.border_after(blocks_[k].conv1.border_after(half_border));
  }
  half_border = tail_.border_after(half_border);
  int border = 2 * half_border;
  for (const auto& graph : image_graph_) border += graph.border();
  for (const auto& graph : noise_graph_) border += graph.border();
  StageNeeds needs;
  needs.border = border + border % 2;
  needs.grid = 2 * nn::kTileGrid;
  // Three feature maps and one planar copy at a quarter of the pixels, and the image graph's
  // planes.
  const int image_planes =
      spec_.image_graph.present()
          ? 2 * spec_.image_graph.heads * (spec_.image_graph.features + 2) + 4 * spec_.channels + 8
          : 0;
  const int planes = spec_.width * 5 / 4 + packed_channels() + 6 * spec_.channels + image_planes +
                     (spec_.fill_steps > 0 ? 3 : 0);
  needs.bytes_per_pixel = sizeof(float) * static_cast<std::size_t>(planes);
  return needs;
}

nn::FeatureMap GraphMixtureNet::backbone(const nn::FeatureMap& packed,
                                         Workspace& scratch,
                                         Trace* trace) const {
  nn::FeatureMap h, inner;
  const auto enter = [trace](const char* layers, std::size_t index) {
    if (trace != nullptr) trace->enter(layers + std::to_string(index));
  };
  const auto tell_features = [&] { trace_state(trace, "features", 2, h, scratch); };
  head_.forward(packed, h);
  tell_features();
  for (int k = 0; k <= spec_.blocks; ++k) {
    for (std::size_t j = 0; j < feature_graphs_.size(); ++j) {
      if (spec_.feature_graphs[j].after != k) continue;
      enter("feature_graphs.", j);
      feature_graphs_[j].filter(h, scratch, trace);
      tell_features();
    }
    if (k == spec_.blocks) break;
    enter("blocks.", k);
    blocks_[k].conv1.forward(h, inner);
    blocks_[k].conv2.forward(inner, h, &h);
    tell_features();
  }
  return h;
}

void GraphMixtureNet::run(int /*stage*/,
                          const Observed& in,
                          TensorView<float> out,
                          Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const Shape half{packed_channels(), out.height() / 2, out.width() / 2};

  const auto packed_input = scratch.take(half);
  pack_observation(spec_.observation, in, packed_input, scratch, spec_.fill_steps);
  nn::FeatureMap packed;
  packed.assign(packed_input);
  const nn::FeatureMap features = backbone(packed, scratch, in.trace);

  // The prior mean r, a residual on top of a linear interpolation.
  nn::FeatureMap mean;
  tail_.forward(features, mean);
  skip_.forward(packed, mean, &mean);
  const auto mean_planes = scratch.take(mean.shape());
  mean.copy_to(mean_planes);
  pixel_shuffle2(mean_planes, out);
  if (in.trace != nullptr) in.trace->enter("tail");
  trace_state(in.trace, "image", 1, out);

  const bool has_graph = !image_graph_.empty() || !noise_graph_.empty();
  if (in.trace != nullptr) in.trace->enter(has_graph ? "image_graph" : "samples");
  for (const auto& graph : noise_graph_) graph.restore(features, in, out, scratch);
  for (const auto& graph : image_graph_) graph.restore(features, in, out, scratch);
  if (spec_.observation != ObservationKind::Noise && image_graph_.empty()) keep_samples(in, out);
}

}  // namespace tessera::model
