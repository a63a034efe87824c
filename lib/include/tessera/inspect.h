// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tessera/export.h"

namespace tessera {

/// One layer of a network as it runs.
struct LayerFacts {
  std::string name;             ///< the tensors' name: "blocks.0.conv1"
  std::string kind;             ///< "convolution 3x3", "feature graph" ...
  int inputs = 0, outputs = 0;  ///< planes in and out
  int scale = 1;                ///< the layer runs at 1 / scale of the result's height and width
  std::int64_t parameters = 0;
  double macs_per_pixel = 0.0;  ///< multiplications with addition, per pixel of the result
  int radius = 0;               ///< pixels of the result by which it widens what an output sees
};

/// What a checkpoint says about itself and what follows from it.
struct ModelFacts {
  std::filesystem::path file;
  std::int64_t bytes = 0;
  std::string title, task, license;
  std::string architecture;  ///< JSON text
  std::string card;          ///< JSON text at the head of card.md beside the file; empty: none
  /// All other metadata: how it was trained, fused or folded. JSON texts stay texts.
  std::map<std::string, std::string> metadata;
  std::vector<LayerFacts> layers;  ///< in the order in which they run
  std::int64_t parameters = 0;
  double macs_per_pixel = 0.0;  ///< of the whole network
  int receptive_radius = 0;     ///< an output pixel sees inputs at most so many pixels away
  std::map<std::string, int> tensors_by_type;  ///< how many tensors of "F32", "F16", "BF16"
};

/// Reads what `checkpoint` is; its network is built and so checked, and not run.
/// Errors  BadCheckpoint as Model::load.
TESSERA_EXPORT ModelFacts inspect_model(const std::filesystem::path& checkpoint);

/// The same as JSON text, JSON metadata as objects; keys sorted.
TESSERA_EXPORT std::string json_from_facts(const ModelFacts& facts);

}  // namespace tessera
