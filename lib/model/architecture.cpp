// SPDX-License-Identifier: MIT
#include "model/architecture.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tessera/error.h"

namespace tessera::model {
namespace {

using nlohmann::json;

/// Access to one JSON object whose faults name the checkpoint and the key.
class Reader {
 public:
  Reader(const json& object, std::string name) : object_(object), name_(std::move(name)) {}

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(ErrorCode::BadCheckpoint, fmt::format("{}: {}", name_, problem));
  }

  int integer(const char* key, int low, int high) const {
    const auto found = object_.find(key);
    if (found == object_.end()) fail(fmt::format("architecture lacks \"{}\"", key));
    if (!found->is_number_integer() || *found < low || *found > high)
      fail(fmt::format("architecture: \"{}\" must be an integer from {} to {}, found {}", key, low,
                       high, found->dump()));
    return found->get<int>();
  }

  std::string text(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end() || !found->is_string())
      fail(fmt::format("architecture lacks the text \"{}\"", key));
    return found->get<std::string>();
  }

  ObservationKind observation() const {
    const std::string kind = text("observation");
    if (kind == "bayer") return ObservationKind::Bayer;
    if (kind == "decimation2") return ObservationKind::Decimation2;
    if (kind == "mask") return ObservationKind::Mask;
    fail(fmt::format("architecture: observation must be bayer, decimation2 or mask, found \"{}\"",
                     kind));
  }

  Reader below(const json& object) const {
    if (!object.is_object()) fail("architecture: a graph block must be an object");
    return {object, name_};
  }

  const json& object() const { return object_; }

 private:
  const json& object_;
  std::string name_;
};

// Limits far above anything useful, so that a damaged number cannot ask for absurd memory.
constexpr int kMostPlanes = 1024;
constexpr int kMostBlocks = 256;
constexpr int kMostFillSteps = 256;

GraphMixtureSpec graph_mixture_spec(const Reader& reader) {
  GraphMixtureSpec spec;
  spec.observation = reader.observation();
  spec.channels = reader.integer("channels", 1, 3);
  if (spec.channels == 2) reader.fail("architecture: channels must be 1 or 3, found 2");
  spec.width = reader.integer("width", 1, kMostPlanes);
  spec.blocks = reader.integer("blocks", 1, kMostBlocks);
  if (reader.object().contains("fill_steps"))
    spec.fill_steps = reader.integer("fill_steps", 0, kMostFillSteps);
  if (spec.fill_steps > 0 && spec.observation != ObservationKind::Mask)
    reader.fail("architecture: fill_steps is for the observation \"mask\"");
  for (const json& item : reader.object().value("feature_graphs", json::array())) {
    const Reader block = reader.below(item);
    FeatureGraphSpec graph{
        block.integer("after", 0, spec.blocks), block.integer("heads", 1, spec.width),
        block.integer("features", 1, kMostPlanes), block.integer("steps", 1, 64)};
    if (spec.width % graph.heads != 0)
      block.fail(fmt::format("architecture: {} heads do not divide the width {}", graph.heads,
                             spec.width));
    spec.feature_graphs.push_back(graph);
  }
  const json image_graph = reader.object().value("image_graph", json());
  if (!image_graph.is_null()) {
    const Reader block = reader.below(image_graph);
    spec.image_graph = {block.integer("heads", 1, 64), block.integer("features", 1, 64),
                        block.integer("steps", 1, 64)};
  }
  return spec;
}

UnrolledGraphSpec unrolled_graph_spec(const Reader& reader, GraphPrior prior) {
  UnrolledGraphSpec spec;
  spec.prior = prior;
  spec.observation = reader.observation();
  spec.channels = reader.integer("channels", 1, 3);
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

}  // namespace

Architecture architecture_from_json(const std::string& text, const std::string& name) {
  if (text.empty())
    throw Error(
        ErrorCode::BadCheckpoint,
        name + ": no tessera.architecture in its metadata; not a checkpoint of this program");
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const Reader reader(object, name);
  if (!object.is_object()) reader.fail("tessera.architecture is not a JSON object");
  const std::string kind = reader.text("name");
  if (reader.integer("version", 0, 1'000'000) != 1)
    reader.fail(fmt::format("architecture version 1 expected, found {}", object["version"].dump()));
  if (kind == "graph_mixture_net") return graph_mixture_spec(reader);
  if (kind == "glr_net") return unrolled_graph_spec(reader, GraphPrior::Glr);
  if (kind == "gtv_net") return unrolled_graph_spec(reader, GraphPrior::Gtv);
  reader.fail(
      fmt::format("unknown architecture \"{}\"; known: graph_mixture_net, glr_net, gtv_net", kind));
}

}  // namespace tessera::model
