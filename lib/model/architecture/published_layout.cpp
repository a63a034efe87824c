// SPDX-License-Identifier: MIT
#include "model/architecture/published_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/grey_levels.h"
#include "model/architecture/architecture_reader.h"
#include "tessera/error.h"

namespace tessera::model {
namespace {

constexpr std::array<int, 7> kIrcnnDilations{1, 2, 3, 4, 3, 2, 1};
// Zhang et al. 2018, section IV: FFDNet is trained on noise levels from 0 to 75.
constexpr SigmaRange kFfdnetRange{0.0, 75.0};

std::string layer_name(std::size_t index) { return fmt::format("model.{}", 2 * index); }

/// Far above any published network, so that a damaged shape cannot ask for absurd memory.
constexpr int kMostChannels = 4096;

/// The layers model.0, model.2 ... as far as they go; empty when one is no 3x3 convolution, or when
/// there are more than a network may have.
std::vector<ConvLayerSpec> plain_layers(const Checkpoint& checkpoint) {
  std::vector<ConvLayerSpec> layers;
  while (layers.size() <= kMostBlocks) {
    const std::string name = layer_name(layers.size());
    if (!checkpoint.contains(name + ".weight")) break;
    const auto shape = checkpoint.shape(name + ".weight");
    if (shape.size() != 4 || shape[2] != 3 || shape[3] != 3) return {};
    if (std::min(shape[0], shape[1]) < 1 || shape[0] > kMostChannels) return {};
    layers.push_back({.tensors = name,
                      .out_channels = static_cast<int>(shape[0]),
                      .activation = LayerActivation::Relu});
  }
  if (layers.size() > kMostBlocks) return {};
  if (!layers.empty()) layers.back().activation = LayerActivation::None;
  return layers;
}

bool is_colour_count(std::int64_t channels) { return channels == 1 || channels == 3; }

std::optional<SigmaRange> fixed_sigma(const Checkpoint& checkpoint) {
  const std::string text = checkpoint.metadata("sigma");
  double sigma = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sigma);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  if (!(sigma >= 0.0 && sigma <= base::kWhite8bit))
    throw Error(ErrorCode::BadCheckpoint,
                fmt::format("{}: sigma must be from 0 to 255 (8-bit grey levels), found \"{}\"",
                            printable_name(checkpoint.name()), text));
  return SigmaRange{sigma, sigma};
}

}  // namespace

std::optional<PublishedNetwork> published_network(const Checkpoint& checkpoint) {
  if (!checkpoint.metadata("tessera.architecture").empty()) return {};
  auto layers = plain_layers(checkpoint);
  if (layers.size() < 2) return {};
  const std::int64_t in = checkpoint.shape(layer_name(0) + ".weight")[1];
  const int out = layers.back().out_channels;

  PublishedNetwork found;
  ConvNetSpec& spec = found.architecture;
  if (in == out && is_colour_count(out)) {
    const bool ircnn = layers.size() == kIrcnnDilations.size();
    for (std::size_t k = 0; ircnn && k < layers.size(); ++k)
      layers[k].dilation = kIrcnnDilations[k];
    spec.channels = out;
    spec.skip = Skip::Subtract;
    found.title = ircnn ? "IRCNN" : "DnCNN";
    found.sigma = fixed_sigma(checkpoint);
  } else if (in == out + 1 && out % 4 == 0 && is_colour_count(out / 4)) {
    spec.channels = out / 4;
    spec.shuffle = 2;
    spec.noise_map = true;
    found.title = "FFDNet";
    found.sigma = kFfdnetRange;
  } else {
    return {};
  }
  found.title += " (published layout)";
  spec.layers = std::move(layers);
  return found;
}

Architecture architecture_of(const Checkpoint& checkpoint) {
  if (auto published = published_network(checkpoint)) return std::move(published->architecture);
  return architecture_from_json(checkpoint.metadata("tessera.architecture"), checkpoint.name());
}

}  // namespace tessera::model
