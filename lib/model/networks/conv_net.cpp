// SPDX-License-Identifier: MIT
#include "model/networks/conv_net.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/rounding.h"
#include "model/blocks/graph_block.h"
#include "model/blocks/observation_pack.h"
#include "model/trace.h"
#include "nn/activation.h"
#include "nn/border_bias.h"
#include "tensor/cell_means.h"

namespace tessera::model {
namespace {

/// Bias of a pixel that all taps reach.
void add_all_taps(const std::vector<float>& border_bias, std::vector<float>& bias) {
  const std::size_t taps = border_bias.size() / bias.size();
  for (std::size_t c = 0; c < bias.size(); ++c)
    for (std::size_t t = 0; t < taps; ++t) bias[c] += border_bias[c * taps + t];
}

}  // namespace

ConvNet::ConvNet(const ConvNetSpec& spec, const checkpoint::Weights& weights, Precision precision)
    : spec_(spec), precision_(precision) {
  int channels = input_planes(spec_);
  for (std::size_t k = 0; k < spec_.layers.size(); ++k) {
    layers_.push_back(make_layer(k, channels, weights));
    channels = spec_.layers[k].out_channels;
  }
}

int input_planes(const ConvNetSpec& spec) {
  if (spec.observation != ObservationKind::Noise)
    return packed_planes(spec.observation, spec.channels);
  return spec.channels * spec.shuffle * spec.shuffle + (spec.noise_map ? 1 : 0);
}

ConvNet::Layer ConvNet::make_layer(std::size_t index,
                                   int in_channels,
                                   const checkpoint::Weights& weights) const {
  const ConvLayerSpec& layer = spec_.layers[index];
  const auto tensors = weights.below(layer.tensors);
  const int out = layer.out_channels, kernel = layer.kernel;
  const bool outermost = index == 0 || index + 1 == spec_.layers.size();
  // PReLU, and any activation behind a border bias, is a pass of its own.
  const bool separate_pass = layer.border_bias || layer.activation == LayerActivation::Prelu;
  nn::ConvSpec conv{.in_channels = in_channels,
                    .out_channels = out,
                    .kernel = kernel,
                    .dilation = layer.dilation,
                    .activation = layer.activation == LayerActivation::Relu && !separate_pass
                                      ? nn::Activation::Relu
                                      : nn::Activation::None,
                    .algorithm = precision_ == Precision::Bf16 && !outermost && !layer.border_bias
                                     ? nn::ConvAlgorithm::Bf16
                                     : nn::ConvAlgorithm::Auto};
  std::vector<float> bias = tensors.read("bias", {out}), slopes, border_bias;
  if (layer.border_bias) {
    border_bias = tensors.read("border_bias", {out, kernel, kernel});
    add_all_taps(border_bias, bias);
  }
  if (layer.activation == LayerActivation::Prelu)
    slopes = tensors.read("slope", {out});
  else if (layer.activation == LayerActivation::Relu && separate_pass)
    slopes.assign(static_cast<std::size_t>(out), 0.0F);
  const auto values = tensors.read("weight", {out, in_channels, kernel, kernel});
  return {nn::Conv2d(conv, values, bias), std::move(slopes), std::move(border_bias)};
}

StageNeeds ConvNet::needs(int /*stage*/) const {
  // Values and their rounding travel through every layer in turn, see nn::Conv2d::border_after.
  int border = 0, widest = input_planes(spec_);
  for (const Layer& layer : layers_) {
    border = layer.conv.border_after(border);
    widest = std::max(widest, layer.conv.spec().out_channels);
  }
  StageNeeds needs;
  needs.border = spec_.shuffle * border;
  needs.grid = spec_.shuffle * nn::kTileGrid;
  // Two feature maps and a copy for bf16, input and output as planes.
  const int planes =
      3 * base::rounded_up(widest, 16) + input_planes(spec_) + 2 * spec_.channels * 4;
  needs.bytes_per_pixel = sizeof(float) * static_cast<std::size_t>(planes) /
                          static_cast<std::size_t>(spec_.shuffle * spec_.shuffle);
  return needs;
}

nn::FeatureMap ConvNet::pack(const Observed& in, Workspace& scratch) const {
  if (spec_.observation != ObservationKind::Noise)
    return pack_observation(spec_.observation, in, scratch);
  const WorkspaceScope scope(scratch);
  const Shape shape = in.samples.shape();
  const auto packed = scratch.take(
      {input_planes(spec_), shape.height / spec_.shuffle, shape.width / spec_.shuffle});
  const int colours = spec_.channels * spec_.shuffle * spec_.shuffle;
  if (spec_.shuffle == 2)
    pixel_unshuffle2(in.samples, packed.channels(0, colours));
  else
    std::copy_n(in.samples.data(), in.samples.shape().count(), packed.data());
  if (spec_.noise_map) {
    const auto level = packed.channels(colours, 1);
    if (spec_.shuffle == 2)
      cell_means(in.sigma, level);
    else
      std::copy_n(in.sigma.data(), level.shape().count(), level.data());
  }
  nn::FeatureMap map;
  map.assign(packed);
  return map;
}

void ConvNet::add_skip(const Observed& in, TensorView<float> out) const {
  if (spec_.skip == Skip::None) return;
  const float sign = spec_.skip == Skip::Add ? 1.0F : -1.0F;
  if (spec_.observation == ObservationKind::Decimation2) {
    for (int c = 0; c < out.channels(); ++c)
      for (int y = 0; y < out.height(); ++y)
        for (int x = 0; x < out.width(); ++x)
          out(c, y, x) = in.samples(c, y / 2 * 2, x / 2 * 2) + sign * out(c, y, x);
    return;
  }
  const auto& base = spec_.observation == ObservationKind::Noise ? in.samples : in.estimate;
  for (std::size_t i = 0; i < out.shape().count(); ++i)
    out.data()[i] = base.data()[i] + sign * out.data()[i];
}

void ConvNet::run(int /*stage*/,
                  const Observed& in,
                  TensorView<float> out,
                  Workspace& scratch) const {
  nn::FeatureMap current = pack(in, scratch), next;
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    const Layer& layer = layers_[k];
    if (in.trace != nullptr) in.trace->enter("layers." + std::to_string(k));
    layer.conv.forward(current, next);
    if (!layer.border_bias.empty())
      nn::subtract_missing_taps(next, layer.border_bias, spec_.layers[k].kernel,
                                spec_.layers[k].dilation);
    if (!layer.slopes.empty()) nn::prelu(next, layer.slopes);
    std::swap(current, next);
    if (k + 1 < layers_.size()) trace_state(in.trace, "features", spec_.shuffle, current, scratch);
  }

  if (spec_.shuffle == 2)
    current.copy_cells_to(out);
  else
    current.copy_to(out);
  add_skip(in, out);
  if (spec_.observation != ObservationKind::Noise) keep_samples(in, out);
}

}  // namespace tessera::model
