// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/temporary_folder.h"
#include "tessera/checkpoint.h"
#include "tessera/model.h"

namespace tessera::test {

inline Checkpoint open_golden(const std::string& golden_case) {
  return Checkpoint::open(std::filesystem::path(TESSERA_GOLDEN_DIR) /
                          (golden_case + ".safetensors"));
}

/// The network of a golden file, without its input and output.
inline std::vector<NamedTensor> network_tensors(const Checkpoint& golden) {
  std::vector<NamedTensor> tensors;
  for (const std::string& name : golden.tensor_names())
    if (name.rfind("input.", 0) != 0 && name != "output")
      tensors.push_back({name, golden.shape(name), golden.read(name)});
  return tensors;
}

/// Writes the network of a golden file as a checkpoint of its own.
inline void write_golden_model(const std::string& golden_case, const std::filesystem::path& file) {
  const Checkpoint golden = open_golden(golden_case);
  write_checkpoint(file, network_tensors(golden), golden.metadata());
}

/// Loads tensors as a model by way of a file.
inline Model model_from(const std::vector<NamedTensor>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  const TemporaryFile file("model.safetensors");
  write_checkpoint(file.path, tensors, metadata);
  return Model::load(file.path, Precision::F32);
}

/// The network of a golden file: tiny, with random weights.
inline Model golden_model(const std::string& golden_case) {
  const Checkpoint golden = open_golden(golden_case);
  return model_from(network_tensors(golden), golden.metadata());
}

/// The same, said to be trained for a range of noise levels, "[0,75]".
inline Model golden_model_with_range(const std::string& golden_case, const std::string& range) {
  const Checkpoint golden = open_golden(golden_case);
  auto metadata = golden.metadata();
  metadata["tessera.sigma_range"] = range;
  return model_from(network_tensors(golden), metadata);
}

/// A golden mixture network of two residual blocks, made deeper by repeating its second block.
inline Model deep_golden_model(const std::string& golden_case, int blocks) {
  const Checkpoint golden = open_golden(golden_case);
  std::vector<NamedTensor> tensors = network_tensors(golden);
  const std::size_t known = tensors.size();
  const std::string second = "blocks.1.";
  for (int k = 2; k < blocks; ++k)
    for (std::size_t i = 0; i < known; ++i)
      if (tensors[i].name.rfind(second, 0) == 0) {
        NamedTensor repeated = tensors[i];
        repeated.name = "blocks." + std::to_string(k) + "." + repeated.name.substr(second.size());
        tensors.push_back(std::move(repeated));
      }
  auto metadata = golden.metadata();
  std::string& architecture = metadata["tessera.architecture"];
  const std::string two = "\"blocks\":2";
  architecture.replace(architecture.find(two), two.size(), "\"blocks\":" + std::to_string(blocks));
  return model_from(tensors, metadata);
}

}  // namespace tessera::test
