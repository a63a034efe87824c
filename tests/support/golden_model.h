// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tessera/checkpoint.h"
#include "tessera/model.h"

namespace tessera::test {

/// Writes the network of a golden file, without its input and output, as a checkpoint of its own.
inline void write_golden_model(const std::string& golden_case, const std::filesystem::path& file) {
  const Checkpoint golden =
      Checkpoint::open(std::filesystem::path(TESSERA_GOLDEN_DIR) / (golden_case + ".safetensors"));
  std::vector<NamedTensor> tensors;
  for (const std::string& name : golden.tensor_names())
    if (name.rfind("input.", 0) != 0 && name != "output")
      tensors.push_back({name, golden.shape(name), golden.read(name)});
  write_checkpoint(file, tensors, golden.metadata());
}

/// The network of a golden file: tiny, with random weights.
inline Model golden_model(const std::string& golden_case) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("tessera-" + std::to_string(getpid()) + "-" + golden_case + ".safetensors");
  write_golden_model(golden_case, file);
  const Model model = Model::load(file, Precision::F32);
  std::filesystem::remove(file);
  return model;
}

}  // namespace tessera::test
