// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "checkpoint/safetensors.h"
#include "fusion/correction/activation_moments.h"
#include "fusion/operators/deployed_network.h"
#include "fusion/spaces/channel_spaces.h"
#include "fusion/training_networks.h"
#include "model/network.h"
#include "model/random_checkpoint.h"
#include "support/compare.h"

namespace tessera::test {

/// A network with random weights in every form that the tests need.
struct FusionNetwork {
  std::string name;
  fusion::OperatorGraph graph;
  fusion::TensorMap tensors;
  std::map<std::string, std::string> metadata;

  fusion::RunnableNetwork runnable() const { return {graph, tensors, metadata}; }
};

inline fusion::TensorMap tensor_map(const std::vector<NamedTensor>& tensors) {
  fusion::TensorMap map;
  for (const NamedTensor& tensor : tensors) map.emplace(tensor.name, tensor);
  return map;
}

inline std::vector<NamedTensor> tensor_list(const fusion::TensorMap& tensors) {
  std::vector<NamedTensor> list;
  for (const auto& [name, tensor] : tensors) list.push_back(tensor);
  return list;
}

inline FusionNetwork fusion_network(const std::string& name,
                                    const std::vector<NamedTensor>& tensors,
                                    const std::map<std::string, std::string>& metadata) {
  const auto bytes = checkpoint::safetensors_bytes(tensors, metadata);
  return {name, fusion::operators_of(Checkpoint::from_bytes(bytes, name)), tensor_map(tensors),
          metadata};
}

inline FusionNetwork fusion_network(const std::string& name,
                                    const std::vector<NamedTensor>& tensors,
                                    const std::string& architecture) {
  return fusion_network(name, tensors,
                        std::map<std::string, std::string>{{"tessera.architecture", architecture}});
}

inline FusionNetwork mixture(const model::GraphMixtureSpec& spec, std::uint64_t seed) {
  return fusion_network("graph_mixture_net", mixture_tensors(spec, seed), architecture_json(spec));
}

inline FusionNetwork unrolled(const model::UnrolledGraphSpec& spec, std::uint64_t seed) {
  return fusion_network(spec.prior == model::GraphPrior::Glr ? "glr_net" : "gtv_net",
                        unrolled_tensors(spec, seed), architecture_json(spec));
}

inline FusionNetwork transformer(const model::TransformerSpec& spec, std::uint64_t seed) {
  return fusion_network("transformer_net", transformer_tensors(spec, seed),
                        architecture_json(spec));
}

/// Plain layers under the published names, without any metadata.
inline FusionNetwork published(
    const std::string& name, int layers, int in, int width, int out, std::uint64_t seed) {
  RandomTensors random(seed);
  for (int k = 0; k < layers; ++k)
    random.add_conv("model." + std::to_string(2 * k), k == 0 ? in : width,
                    k + 1 < layers ? width : out, 3);
  return fusion_network(name, random.tensors, std::map<std::string, std::string>{});
}

/// conv_net with everything that a layer can have, for any observation and input of `in` planes.
inline FusionNetwork conv_net(
    const std::string& head, int in, int width, int out, std::uint64_t seed) {
  RandomTensors random(seed);
  random.add_conv("layers.0", in, width, 3);
  random.add("layers.0.slope", {width}, 0.2F, 0.2F);
  random.add_conv("layers.1", width, 2 * width, 1);
  random.add_conv("layers.2", 2 * width, width, 3);
  random.add("layers.2.border_bias", {width, 3, 3}, 0.1F);
  random.add_conv("layers.3", width, out, 3);
  const auto w = std::to_string(width), w2 = std::to_string(2 * width);
  return fusion_network("conv_net", random.tensors,
                        R"({"name":"conv_net","version":1,)" + head + R"(,"layers":[{"out":)" + w +
                            R"(,"activation":"prelu","dilation":2},{"out":)" + w2 +
                            R"(,"kernel":1,"activation":"relu"},{"out":)" + w +
                            R"(,"border_bias":true,"activation":"relu"},{"out":)" +
                            std::to_string(out) + "}]}");
}

inline model::UnrolledGraphSpec small_unrolled(model::GraphPrior prior) {
  model::UnrolledGraphSpec spec;
  spec.prior = prior;
  spec.observation = model::ObservationKind::Decimation2;
  spec.channels = 1;
  spec.blocks = 2;
  spec.layers = 2;
  spec.steps = 3;
  spec.heads = 3;
  spec.features = 4;
  spec.width = 12;
  return spec;
}

inline model::GraphMixtureSpec small_mixture(model::ObservationKind observation) {
  model::GraphMixtureSpec spec;
  spec.observation = observation;
  spec.backbone.width = 12;
  spec.backbone.blocks = 2;
  spec.backbone.feature_graphs = {{1, 3, 2, 3}};
  spec.image_graph = {2, 3, 3};
  return spec;
}

/// Three scales, a feature graph in the middle one.
inline model::GraphMixtureSpec small_scales(model::ObservationKind observation) {
  model::GraphMixtureSpec spec = small_mixture(observation);
  spec.backbone.inner_after = 1;
  spec.backbone.inner = {{10, 2, {{1, 2, 2, 2}}, 1, {{14, 1}}}};
  return spec;
}

/// Windows of which some reach beyond the picture, moved ones in the second block.
inline model::TransformerSpec small_transformer(model::ObservationKind observation) {
  model::TransformerSpec spec;
  spec.observation = observation;
  spec.width = 12;
  spec.blocks = 2;
  spec.heads = 3;
  spec.window = 4;
  spec.hidden = 14;
  return spec;
}

/// With and without everything that a block can leave out.
inline std::vector<FusionNetwork> small_transformers(std::uint64_t seed) {
  std::vector<FusionNetwork> networks;
  for (const auto observation : {model::ObservationKind::Noise, model::ObservationKind::Bayer}) {
    model::TransformerSpec spec = small_transformer(observation);
    networks.push_back(transformer(spec, seed++));
    spec.depthwise = false;
    spec.layer_norm = observation == model::ObservationKind::Noise;
    spec.residual = false;
    networks.push_back(transformer(spec, seed++));
  }
  return networks;
}

/// conv_net before it is folded.
inline FusionNetwork training_net(const std::string& blocks, int width, std::uint64_t seed) {
  const std::string architecture = training_architecture(blocks, width);
  return fusion_network("training form", training_tensors(architecture, seed), architecture);
}

inline std::vector<FusionNetwork> small_training_nets(std::uint64_t seed) {
  std::vector<FusionNetwork> networks;
  for (const char* blocks : {R"({"kind":"conv_bn","bias":false,"epsilon":1e-3})",
                             R"({"kind":"rep_vgg"})", R"({"kind":"acb","bias":false})"})
    networks.push_back(training_net(blocks, 8, seed++));
  networks.push_back(training_net(branches_blocks(8), 8, seed++));
  return networks;
}

/// One small network of every architecture, and of what it observes.
inline std::vector<FusionNetwork> small_networks(std::uint64_t seed) {
  using model::GraphPrior;
  using model::ObservationKind;
  model::GraphMixtureSpec two_graphs = small_mixture(ObservationKind::Bayer);
  two_graphs.backbone.feature_graphs = {{0, 2, 3, 2}, {1, 4, 2, 2}, {2, 4, 1, 1}};
  model::GraphMixtureSpec plain = small_mixture(ObservationKind::Decimation2);
  plain.backbone.feature_graphs.clear();
  plain.image_graph = {};
  std::vector<FusionNetwork> networks{mixture(small_mixture(ObservationKind::Bayer), seed),
                                      mixture(small_mixture(ObservationKind::Mask), seed + 1),
                                      mixture(two_graphs, seed + 2),
                                      mixture(plain, seed + 3),
                                      mixture(small_mixture(ObservationKind::Noise), seed + 6),
                                      published("DnCNN", 5, 3, 10, 3, seed + 7),
                                      published("IRCNN", 7, 1, 8, 1, seed + 8),
                                      published("FFDNet", 4, 5, 12, 4, seed + 9)};
  std::uint64_t next = seed + 10;
  for (const GraphPrior prior : {GraphPrior::Glr, GraphPrior::Gtv}) {
    model::UnrolledGraphSpec spec = small_unrolled(prior);
    networks.push_back(unrolled(spec, next++));
    spec.observation = ObservationKind::Noise;
    networks.push_back(unrolled(spec, next++));
  }
  networks.push_back(conv_net(R"("observation":"noise","channels":3,"noise_map":true,"skip":"add")",
                              4, 8, 3, next++));
  networks.push_back(
      conv_net(R"("observation":"noise","channels":3,"shuffle":2)", 12, 8, 12, next++));
  networks.push_back(
      conv_net(R"("observation":"bayer","channels":3,"skip":"add")", 4, 8, 12, next++));
  for (const auto observation :
       {ObservationKind::Bayer, ObservationKind::Noise, ObservationKind::NoisyBayer})
    networks.push_back(mixture(small_scales(observation), next++));
  for (FusionNetwork& network : small_transformers(next)) networks.push_back(std::move(network));
  for (FusionNetwork& network : small_training_nets(next)) networks.push_back(std::move(network));
  return networks;
}

/// The spaces of a model and its anchor.
inline fusion::SpaceTable table_of(const FusionNetwork& model,
                                   const FusionNetwork& anchor,
                                   bool shared_streams = true) {
  const std::vector<fusion::OperatorGraph> graphs{model.graph, anchor.graph};
  return fusion::channel_spaces(graphs, shared_streams);
}

/// The real network with these tensors.
inline std::unique_ptr<model::Network> real_network(const FusionNetwork& network,
                                                    const fusion::TensorMap& tensors) {
  return fusion::deployed_network(
      Checkpoint::from_bytes(checkpoint::safetensors_bytes(tensor_list(tensors), network.metadata),
                             network.name),
      Precision::F32);
}

/// Random pictures, every pixel measured with noise.
inline std::vector<fusion::CalibrationSample> noisy_pictures(int channels, int count, int size) {
  std::vector<fusion::CalibrationSample> pictures;
  for (int k = 0; k < count; ++k) {
    fusion::CalibrationSample picture;
    picture.samples = random_tensor({channels, size, size}, 900 + k);
    picture.estimate = picture.samples.clone();
    picture.sigma = random_tensor({1, size, size}, 970 + k, 0.0F, 0.3F);
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

/// Pictures of which every second pixel was measured.
inline std::vector<fusion::CalibrationSample> random_pictures(int channels, int count, int size) {
  std::vector<fusion::CalibrationSample> pictures;
  for (int k = 0; k < count; ++k) {
    fusion::CalibrationSample picture;
    const Shape shape{channels, size, size};
    picture.samples = random_tensor(shape, 900 + k);
    picture.estimate = random_tensor(shape, 950 + k);
    picture.mask = Tensor(shape);
    for (int c = 0; c < channels; ++c)
      for (int y = 0; y < size; ++y)
        for (int x = 0; x < size; ++x) {
          const bool measured = (x + y) % 2 == 0;
          picture.mask(c, y, x) = measured ? 1.0F : 0.0F;
          if (!measured) picture.samples(c, y, x) = 0.0F;
        }
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

/// Random pictures as the network observes them.
inline std::vector<fusion::CalibrationSample> pictures_for(const FusionNetwork& network,
                                                           int count,
                                                           int size) {
  const auto net = real_network(network, network.tensors);
  return model::is_noisy(net->observation()) ? noisy_pictures(net->channels(), count, size)
                                             : random_pictures(net->channels(), count, size);
}

/// What the real network makes of a picture.
inline Tensor restored(const FusionNetwork& network,
                       const fusion::TensorMap& tensors,
                       const fusion::CalibrationSample& picture) {
  const auto net = real_network(network, tensors);
  Tensor estimate = picture.estimate.clone(), out(picture.samples.shape());
  Workspace scratch;
  for (int stage = 0; stage < net->stage_count(); ++stage) {
    net->run(stage, {picture.samples, picture.mask, estimate, picture.sigma}, out, scratch);
    std::swap(estimate, out);
  }
  return estimate;
}

}  // namespace tessera::test
