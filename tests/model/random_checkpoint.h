// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "checkpoint/safetensors.h"
#include "model/architecture/architecture.h"
#include "model/blocks/observation_pack.h"
#include "tessera/checkpoint.h"

namespace tessera::test {

/// The tensors of a network with random weights, under the names the format fixes.
class RandomTensors {
 public:
  explicit RandomTensors(std::uint64_t seed) : seed_(seed) {}

  /// Uniform in mean +- spread.
  void add(const std::string& name, std::vector<std::int64_t> shape, float spread, float mean = 0) {
    NamedTensor tensor{name, shape, {}, "F32"};
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    for (std::int64_t i = 0; i < count; ++i)
      tensor.values.push_back(
          mean + spread * static_cast<float>(2 * base::random_uniform(seed_, index_++) - 1));
    tensors.push_back(std::move(tensor));
  }
  void add_conv(const std::string& name, int in, int out, int kernel) {
    add(name + ".weight", {out, in, kernel, kernel},
        std::sqrt(3.0F / static_cast<float>(in * kernel * kernel)));
    add(name + ".bias", {out}, 0.1F);
  }

  std::vector<NamedTensor> tensors;

 private:
  std::uint64_t seed_, index_ = 0;
};

inline const char* observation_name(model::ObservationKind kind) {
  if (kind == model::ObservationKind::Bayer) return "bayer";
  if (kind == model::ObservationKind::Noise) return "noise";
  if (kind == model::ObservationKind::NoisyBayer) return "noisy_bayer";
  return kind == model::ObservationKind::Decimation2 ? "decimation2" : "mask";
}

inline std::vector<NamedTensor> unrolled_tensors(const model::UnrolledGraphSpec& spec,
                                                 std::uint64_t seed) {
  RandomTensors random(seed);
  for (int b = 0; b < spec.blocks; ++b) {
    const std::string block = "blocks." + std::to_string(b) + ".";
    for (int layer = 0; layer < 4; ++layer)
      random.add_conv(block + "cnn." + std::to_string(layer),
                      layer == 0 ? spec.channels : spec.width, spec.width, 3);
    random.add(block + "metric", {spec.heads, spec.features, spec.features}, 0.3F);
    random.add(block + "alpha_logit", {spec.layers, spec.steps, spec.heads}, 1.0F);
    random.add(block + "beta_logit", {spec.layers, spec.steps, spec.heads}, 1.0F);
    random.add(block + "log_rho", {spec.layers}, 0.5F);
    if (spec.prior == model::GraphPrior::Gtv)
      random.add(block + "log_gamma", {spec.layers}, 0.5F, 4);
    random.add(block + "mix", {spec.heads}, 0.1F, 0.25F);
    random.add(block + "relaxation", {1}, 0.05F, 0.95F);
  }
  return std::move(random.tensors);
}

inline std::string architecture_json(const model::UnrolledGraphSpec& spec) {
  const auto number = [](int value) { return std::to_string(value); };
  return std::string(R"({"name":")") +
         (spec.prior == model::GraphPrior::Glr ? "glr_net" : "gtv_net") +
         R"(","version":1,"observation":")" + observation_name(spec.observation) +
         R"(","channels":)" + number(spec.channels) + R"(,"blocks":)" + number(spec.blocks) +
         R"(,"layers":)" + number(spec.layers) + R"(,"steps":)" + number(spec.steps) +
         R"(,"heads":)" + number(spec.heads) + R"(,"features":)" + number(spec.features) +
         R"(,"width":)" + number(spec.width) + "}";
}

/// The residual blocks and feature graphs of one resolution, and of those inside it.
inline void add_backbone(const model::BackboneSpec& spec,
                         const std::string& prefix,
                         RandomTensors& random) {
  for (int k = 0; k < spec.blocks; ++k)
    for (const char* conv : {".conv1", ".conv2"})
      random.add_conv(prefix + "blocks." + std::to_string(k) + conv, spec.width, spec.width, 3);
  for (std::size_t j = 0; j < spec.feature_graphs.size(); ++j) {
    const auto& graph = spec.feature_graphs[j];
    const std::string name = prefix + "feature_graphs." + std::to_string(j);
    random.add_conv(name + ".features", spec.width, graph.heads * graph.features, 1);
    random.add(name + ".log_mu", {graph.heads}, 0.5F);
    random.add(name + ".alpha_logit", {graph.steps, graph.heads}, 1.0F);
    random.add(name + ".beta_logit", {graph.steps, graph.heads}, 1.0F);
    random.add(name + ".mix", {spec.width}, 0.5F, 0.5F);
  }
  for (const model::BackboneSpec& inner : spec.inner) {
    random.add_conv(prefix + "inner.down", spec.width, inner.width, 2);
    add_backbone(inner, prefix + "inner.", random);
    random.add(prefix + "inner.up.weight", {inner.width, spec.width, 2, 2},
               std::sqrt(3.0F / static_cast<float>(inner.width)));
    random.add(prefix + "inner.up.bias", {spec.width}, 0.1F);
  }
}

/// A graph_mixture_net with random weights.
inline std::vector<NamedTensor> mixture_tensors(const model::GraphMixtureSpec& spec,
                                                std::uint64_t seed) {
  RandomTensors random(seed);
  const int packed = model::packed_planes(spec.observation, spec.channels);
  const int width = spec.backbone.width;
  random.add_conv("head", packed, width, 3);
  random.add_conv("skip", packed, 4 * spec.channels, 3);
  random.add_conv("tail", width, 4 * spec.channels, 3);
  add_backbone(spec.backbone, "", random);
  if (spec.image_graph.present()) {
    const auto& graph = spec.image_graph;
    const int logits = model::is_noisy(spec.observation) ? 2 : 1;
    random.add_conv("image_graph.features", width, 4 * graph.heads * (graph.features + logits), 1);
    random.add("image_graph.alpha_logit", {graph.steps, graph.heads}, 1.0F);
    random.add("image_graph.beta_logit", {graph.steps, graph.heads}, 1.0F);
    random.add("image_graph.mix", {graph.heads}, 0.2F, 0.5F);
  }
  return std::move(random.tensors);
}

/// The keys of one resolution, without braces.
inline std::string backbone_json(const model::BackboneSpec& spec) {
  const auto number = [](int value) { return std::to_string(value); };
  std::string graphs;
  for (const auto& graph : spec.feature_graphs)
    graphs += (graphs.empty() ? "" : ",") + std::string(R"({"after":)") + number(graph.after) +
              R"(,"heads":)" + number(graph.heads) + R"(,"features":)" + number(graph.features) +
              R"(,"steps":)" + number(graph.steps) + "}";
  std::string json = R"("width":)" + number(spec.width) + R"(,"blocks":)" + number(spec.blocks) +
                     R"(,"feature_graphs":[)" + graphs + "]";
  for (const model::BackboneSpec& inner : spec.inner)
    json += R"(,"inner":{"after":)" + number(spec.inner_after) + "," + backbone_json(inner) + "}";
  return json;
}

inline std::string architecture_json(const model::GraphMixtureSpec& spec) {
  const auto number = [](int value) { return std::to_string(value); };
  const std::string image_graph = spec.image_graph.present()
                                      ? R"({"heads":)" + number(spec.image_graph.heads) +
                                            R"(,"features":)" + number(spec.image_graph.features) +
                                            R"(,"steps":)" + number(spec.image_graph.steps) + "}"
                                      : "null";
  return R"({"name":"graph_mixture_net","version":1,"observation":")" +
         std::string(observation_name(spec.observation)) + R"(","channels":)" +
         number(spec.channels) + "," + backbone_json(spec.backbone) + R"(,"image_graph":)" +
         image_graph + R"(,"fill_steps":)" + number(spec.fill_steps) + "}";
}

/// A transformer_net with random weights.
inline std::vector<NamedTensor> transformer_tensors(const model::TransformerSpec& spec,
                                                    std::uint64_t seed) {
  RandomTensors random(seed);
  const int packed = model::packed_planes(spec.observation, spec.channels);
  const auto add_linear = [&](const std::string& name, int in, int out) {
    random.add(name + ".weight", {out, in}, std::sqrt(3.0F / static_cast<float>(in)));
    random.add(name + ".bias", {out}, 0.1F);
  };
  random.add_conv("head", packed, spec.width, 3);
  random.add_conv("skip", packed, 4 * spec.channels, 3);
  random.add_conv("tail", spec.width, 4 * spec.channels, 3);
  const int places = (2 * spec.window - 1) * (2 * spec.window - 1);
  for (int k = 0; k < spec.blocks; ++k) {
    const std::string block = "blocks." + std::to_string(k) + ".";
    for (const char* norm : {"norm1", "norm2"})
      if (spec.layer_norm) {
        random.add(block + norm + ".weight", {spec.width}, 0.2F, 1.0F);
        random.add(block + norm + ".bias", {spec.width}, 0.2F);
      }
    for (const char* part : {"query", "key", "value", "projection"})
      add_linear(block + "attention." + part, spec.width, spec.width);
    random.add(block + "attention.position_bias", {spec.heads, places}, 1.0F);
    add_linear(block + "mlp.expand", spec.width, spec.hidden);
    if (spec.depthwise) random.add_conv(block + "mlp.depthwise", 1, spec.hidden, 3);
    add_linear(block + "mlp.contract", spec.hidden, spec.width);
  }
  return std::move(random.tensors);
}

inline std::string architecture_json(const model::TransformerSpec& spec) {
  const auto number = [](int value) { return std::to_string(value); };
  const auto truth = [](bool value) { return std::string(value ? "true" : "false"); };
  return R"({"name":"transformer_net","version":1,"observation":")" +
         std::string(observation_name(spec.observation)) + R"(","channels":)" +
         number(spec.channels) + R"(,"width":)" + number(spec.width) + R"(,"blocks":)" +
         number(spec.blocks) + R"(,"heads":)" + number(spec.heads) + R"(,"window":)" +
         number(spec.window) + R"(,"hidden":)" + number(spec.hidden) + R"(,"depthwise":)" +
         truth(spec.depthwise) + R"(,"layer_norm":)" + truth(spec.layer_norm) + R"(,"residual":)" +
         truth(spec.residual) + "}";
}

/// The tensors as a checkpoint.
inline Checkpoint checkpoint_of(const std::vector<NamedTensor>& tensors,
                                const std::string& architecture,
                                const std::string& task = "demosaic") {
  return Checkpoint::from_bytes(
      checkpoint::safetensors_bytes(
          tensors, {{"tessera.architecture", architecture}, {"tessera.task", task}}),
      "random.safetensors");
}

}  // namespace tessera::test
