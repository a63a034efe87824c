// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fusion/activation_moments.h"
#include "fusion/channel_spaces.h"
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

template <typename Spec>
FusionNetwork fusion_network(const std::string& name,
                             const Spec& spec,
                             const std::vector<NamedTensor>& tensors) {
  const Checkpoint checkpoint = checkpoint_of(tensors, architecture_json(spec));
  return {name, fusion::operators_of(checkpoint), tensor_map(tensors), checkpoint.metadata()};
}

inline FusionNetwork mixture(const model::GraphMixtureSpec& spec, std::uint64_t seed) {
  return fusion_network("graph_mixture_net", spec, mixture_tensors(spec, seed));
}

inline FusionNetwork unrolled(const model::UnrolledGraphSpec& spec, std::uint64_t seed) {
  return fusion_network(spec.prior == model::GraphPrior::Glr ? "glr_net" : "gtv_net", spec,
                        unrolled_tensors(spec, seed));
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
  spec.width = 12;
  spec.blocks = 2;
  spec.feature_graphs = {{1, 3, 2, 3}};
  spec.image_graph = {2, 3, 3};
  return spec;
}

/// One small network of every architecture, and of what it observes.
inline std::vector<FusionNetwork> small_networks(std::uint64_t seed) {
  model::GraphMixtureSpec two_graphs = small_mixture(model::ObservationKind::Bayer);
  two_graphs.feature_graphs = {{0, 2, 3, 2}, {1, 4, 2, 2}, {2, 4, 1, 1}};
  model::GraphMixtureSpec plain = small_mixture(model::ObservationKind::Decimation2);
  plain.feature_graphs.clear();
  plain.image_graph = {};
  return {mixture(small_mixture(model::ObservationKind::Bayer), seed),
          mixture(small_mixture(model::ObservationKind::Mask), seed + 1),
          mixture(two_graphs, seed + 2),
          mixture(plain, seed + 3),
          unrolled(small_unrolled(model::GraphPrior::Glr), seed + 4),
          unrolled(small_unrolled(model::GraphPrior::Gtv), seed + 5)};
}

inline int picture_channels(const FusionNetwork& network) {
  return model::make_network(checkpoint_of(tensor_list(network.tensors),
                                           network.metadata.at("tessera.architecture")),
                             Precision::F32)
      ->channels();
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

/// What the real network makes of a picture.
inline Tensor restored(const FusionNetwork& network,
                       const fusion::TensorMap& tensors,
                       const fusion::CalibrationSample& picture) {
  const auto net = model::make_network(
      checkpoint_of(tensor_list(tensors), network.metadata.at("tessera.architecture")),
      Precision::F32);
  Tensor estimate = picture.estimate.clone(), out(picture.samples.shape());
  Workspace scratch;
  for (int stage = 0; stage < net->stage_count(); ++stage) {
    net->run(stage, {picture.samples, picture.mask, estimate}, out, scratch);
    std::swap(estimate, out);
  }
  return estimate;
}

}  // namespace tessera::test
