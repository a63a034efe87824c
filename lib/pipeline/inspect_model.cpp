// SPDX-License-Identifier: MIT
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "checkpoint/safetensors.h"
#include "model/architecture/architecture.h"
#include "model/architecture/layer_table.h"
#include "model/architecture/published_layout.h"
#include "model/network.h"
#include "tessera/checkpoint.h"
#include "tessera/inspect.h"
#include "tessera/model.h"

namespace tessera {
namespace {

using nlohmann::json;

/// The JSON between the two lines "---" at the head of a card; empty when there is none.
std::string card_beside(const std::filesystem::path& checkpoint) {
  std::ifstream card(checkpoint.parent_path() / "card.md");
  std::string line, text;
  if (!std::getline(card, line) || line != "---") return {};
  while (std::getline(card, line) && line != "---") text += line + "\n";
  if (checkpoint::levels_of_json(text) > checkpoint::kDeepestMetadata) return {};
  const json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  // A card that tells of another file, or of none, is not this model's.
  const bool is_its_own = parsed.is_object() && parsed.contains("file") &&
                          parsed["file"] == json(checkpoint.filename().string());
  return is_its_own ? text : std::string();
}

/// JSON text as what it says, other text as text.
json parsed_or_text(const std::string& text) {
  const json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return parsed.is_structured() ? parsed : json(text);
}

json json_from_layer(const LayerFacts& layer) {
  return {{"name", layer.name},     {"kind", layer.kind},
          {"inputs", layer.inputs}, {"outputs", layer.outputs},
          {"scale", layer.scale},   {"parameters", layer.parameters},
          {"radius", layer.radius}, {"macs_per_pixel", layer.macs_per_pixel}};
}

}  // namespace

ModelFacts inspect_model(const std::filesystem::path& file) {
  const Checkpoint checkpoint = Checkpoint::open(file);
  // Whatever is wrong with tensors is told as when it is run.
  const Model network = Model::load(file, Precision::F32);
  ModelFacts facts;
  facts.file = file;
  std::error_code unknown;
  facts.bytes = static_cast<std::int64_t>(std::filesystem::file_size(file, unknown));
  if (unknown) facts.bytes = 0;
  facts.card = card_beside(file);
  for (const auto& [key, value] : checkpoint.metadata()) {
    if (key == "tessera.title")
      facts.title = value;
    else if (key == "tessera.task")
      facts.task = value;
    else if (key == "tessera.license")
      facts.license = value;
    else if (key == "tessera.architecture")
      facts.architecture = value;
    else
      facts.metadata[key] = value;
  }
  for (const std::string& tensor : checkpoint.tensor_names()) {
    std::int64_t count = 1;
    for (const std::int64_t extent : checkpoint.shape(tensor)) count *= extent;
    facts.parameters += count;
    ++facts.tensors_by_type[checkpoint.data_type(tensor)];
  }
  facts.layers = model::layer_table(model::architecture_of(checkpoint), checkpoint);
  for (const LayerFacts& layer : facts.layers) facts.macs_per_pixel += layer.macs_per_pixel;
  facts.receptive_radius = model::receptive_radius(facts.layers);
  return facts;
}

std::string json_from_facts(const ModelFacts& facts) {
  json object{{"file", facts.file.string()},
              {"bytes", facts.bytes},
              {"title", facts.title},
              {"task", facts.task},
              {"license", facts.license},
              {"architecture", parsed_or_text(facts.architecture)},
              {"card", facts.card.empty() ? json() : parsed_or_text(facts.card)},
              {"metadata", json::object()},
              {"layers", json::array()},
              {"parameters", facts.parameters},
              {"macs_per_pixel", facts.macs_per_pixel},
              {"receptive_radius", facts.receptive_radius},
              {"tensors_by_type", facts.tensors_by_type}};
  for (const auto& [key, value] : facts.metadata) object["metadata"][key] = parsed_or_text(value);
  for (const LayerFacts& layer : facts.layers) object["layers"].push_back(json_from_layer(layer));
  return object.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace tessera
