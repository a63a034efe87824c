// SPDX-License-Identifier: MIT
#include "model/architecture/architecture.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "model/architecture/architecture_reader.h"
#include "tessera/error.h"

namespace tessera::model {
namespace {

using nlohmann::json;

constexpr int kMostFillSteps = 256;
constexpr int kLargestWindow = 16;
constexpr int kMostScales = 4;

BackboneSpec backbone_spec(const ArchitectureReader& reader, int scale) {
  BackboneSpec spec;
  spec.width = reader.integer("width", 1, kMostPlanes);
  spec.blocks = reader.integer("blocks", 1, kMostBlocks);
  for (const json& item : reader.list("feature_graphs", 0, kMostBlocks)) {
    const ArchitectureReader block = reader.below(item, "a graph block");
    block.require_known({"after", "heads", "features", "steps"});
    FeatureGraphSpec graph{
        block.integer("after", 0, spec.blocks), block.integer("heads", 1, spec.width),
        block.integer("features", 1, kMostPlanes), block.integer("steps", 1, 64)};
    if (spec.width % graph.heads != 0)
      block.fail(fmt::format("architecture: {} heads do not divide the width {}", graph.heads,
                             spec.width));
    spec.feature_graphs.push_back(graph);
  }
  if (!reader.has("inner")) return spec;
  if (scale == kMostScales)
    reader.fail(
        fmt::format("architecture: \"inner\" is nested deeper than {} scales allow", scale));
  const ArchitectureReader inner = reader.below(reader.object()["inner"], "\"inner\"");
  inner.require_known({"after", "width", "blocks", "feature_graphs", "inner"});
  spec.inner_after = inner.integer("after", 0, spec.blocks);
  spec.inner.push_back(backbone_spec(inner, scale + 1));
  return spec;
}

GraphMixtureSpec graph_mixture_spec(const ArchitectureReader& reader) {
  reader.require_known({"name", "version", "observation", "channels", "width", "blocks",
                        "feature_graphs", "inner", "fill_steps", "image_graph"});
  GraphMixtureSpec spec;
  spec.observation = reader.any_observation();
  spec.channels = reader.channels(spec.observation);
  spec.backbone = backbone_spec(reader, 1);
  if (reader.object().contains("fill_steps"))
    spec.fill_steps = reader.integer("fill_steps", 0, kMostFillSteps);
  if (spec.fill_steps > 0 && spec.observation != ObservationKind::Mask)
    reader.fail("architecture: fill_steps is for the observation \"mask\"");
  const json image_graph = reader.object().value("image_graph", json());
  if (!image_graph.is_null()) {
    const ArchitectureReader block = reader.below(image_graph, "a graph block");
    block.require_known({"heads", "features", "steps"});
    spec.image_graph = {block.integer("heads", 1, 64), block.integer("features", 1, 64),
                        block.integer("steps", 1, 64)};
  }
  return spec;
}

UnrolledGraphSpec unrolled_graph_spec(const ArchitectureReader& reader, GraphPrior prior) {
  reader.require_known({"name", "version", "observation", "channels", "blocks", "layers", "steps",
                        "heads", "features", "width"});
  UnrolledGraphSpec spec;
  spec.prior = prior;
  spec.observation = reader.observation();
  spec.channels = reader.channels(spec.observation);
  spec.blocks = reader.integer("blocks", 1, kMostBlocks);
  spec.layers = reader.integer("layers", 1, 64);
  spec.steps = reader.integer("steps", 1, 64);
  spec.heads = reader.integer("heads", 1, 64);
  spec.features = reader.integer("features", 1, 64);
  spec.width = reader.integer("width", 1, kMostPlanes);
  if (spec.width != spec.heads * spec.features)
    reader.fail(fmt::format("architecture: width {} is not heads {} times features {}", spec.width,
                            spec.heads, spec.features));
  return spec;
}

ConvLayerSpec conv_layer_spec(const ArchitectureReader& reader, std::size_t index) {
  reader.require_known({"out", "kernel", "dilation", "activation", "padding", "border_bias"});
  ConvLayerSpec layer;
  layer.tensors = "layers." + std::to_string(index);
  layer.out_channels = reader.integer("out", 1, kMostPlanes);
  layer.kernel = reader.integer_or("kernel", 1, 3, 3);
  if (layer.kernel == 2) reader.fail("architecture: kernel must be 1 or 3, found 2");
  layer.dilation = reader.integer_or("dilation", 1, 64, 1);
  layer.activation = reader.choice_or<LayerActivation>("activation",
                                                       {{"none", LayerActivation::None},
                                                        {"relu", LayerActivation::Relu},
                                                        {"prelu", LayerActivation::Prelu}},
                                                       LayerActivation::None);
  reader.choice_or<int>("padding", {{"zeros", 0}}, 0);
  layer.border_bias = reader.boolean_or("border_bias", false);
  return layer;
}

ConvNetSpec conv_net_spec(const ArchitectureReader& reader) {
  reader.require_known(
      {"name", "version", "observation", "channels", "shuffle", "noise_map", "skip", "layers"});
  ConvNetSpec spec;
  spec.observation = reader.observation();
  spec.channels = reader.channels(spec.observation);
  const bool noise = spec.observation == ObservationKind::Noise;
  spec.shuffle = noise ? reader.integer_or("shuffle", 1, 2, 1) : 2;
  spec.noise_map = reader.boolean_or("noise_map", false);
  if (spec.noise_map && !noise) reader.fail("architecture: noise_map needs observation noise");
  spec.skip = reader.choice_or<Skip>(
      "skip", {{"none", Skip::None}, {"add", Skip::Add}, {"subtract", Skip::Subtract}}, Skip::None);
  for (const json& item : reader.list("layers", 1, kMostBlocks))
    spec.layers.push_back(conv_layer_spec(reader.below(item, "a layer"), spec.layers.size()));
  const int outputs = spec.channels * spec.shuffle * spec.shuffle;
  if (spec.layers.back().out_channels != outputs)
    reader.fail(fmt::format("architecture: the last layer must have {} outputs, found {}", outputs,
                            spec.layers.back().out_channels));
  return spec;
}

TransformerSpec transformer_spec(const ArchitectureReader& reader) {
  reader.require_known({"name", "version", "observation", "channels", "width", "blocks", "heads",
                        "window", "hidden", "depthwise", "layer_norm", "residual"});
  TransformerSpec spec;
  spec.observation = reader.observation();
  spec.channels = reader.channels(spec.observation);
  spec.width = reader.integer("width", 1, kMostPlanes);
  spec.blocks = reader.integer("blocks", 1, kMostBlocks);
  spec.heads = reader.integer("heads", 1, spec.width);
  spec.window = reader.integer("window", 2, kLargestWindow);
  spec.hidden = reader.integer("hidden", 1, 4 * kMostPlanes);
  spec.depthwise = reader.boolean_or("depthwise", true);
  spec.layer_norm = reader.boolean_or("layer_norm", true);
  spec.residual = reader.boolean_or("residual", true);
  if (spec.width % spec.heads != 0)
    reader.fail(
        fmt::format("architecture: {} heads do not divide the width {}", spec.heads, spec.width));
  if (spec.window % 2 != 0)
    reader.fail(fmt::format("architecture: window must be even, found {}", spec.window));
  return spec;
}

}  // namespace

Architecture architecture_from_json(const std::string& text, const std::string& name) {
  if (text.empty())
    throw Error(ErrorCode::BadCheckpoint,
                printable_name(name) +
                    ": no tessera.architecture in its metadata; not a checkpoint of this program");
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const ArchitectureReader reader(object, name);
  if (!object.is_object()) reader.fail("tessera.architecture is not a JSON object");
  if (object.contains("training_blocks"))
    reader.fail("a training form, which does not run; fold it with reparam first");
  const std::string kind = reader.text("name");
  if (reader.integer("version", 0, 1'000'000) != 1)
    reader.fail(fmt::format("architecture version 1 expected, found {}", object["version"].dump()));
  if (kind == "graph_mixture_net") return graph_mixture_spec(reader);
  if (kind == "glr_net") return unrolled_graph_spec(reader, GraphPrior::Glr);
  if (kind == "gtv_net") return unrolled_graph_spec(reader, GraphPrior::Gtv);
  if (kind == "conv_net") return conv_net_spec(reader);
  if (kind == "transformer_net") return transformer_spec(reader);
  reader.fail(
      fmt::format("unknown architecture \"{}\"; known: graph_mixture_net, glr_net, gtv_net, "
                  "conv_net, transformer_net",
                  kind));
}

}  // namespace tessera::model
