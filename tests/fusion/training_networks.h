// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "model/architecture/architecture.h"
#include "model/random_block.h"
#include "model/training_form/training_form.h"

namespace tessera::test {

/// Four layers for noise, described in training by `blocks`, all `width` wide but the last.
inline std::string training_architecture(const std::string& blocks, int width) {
  const auto w = std::to_string(width);
  return R"({"name":"conv_net","version":1,"observation":"noise","channels":1,"noise_map":true,)"
         R"("skip":"subtract","layers":[{"out":)" +
         w + R"(,"activation":"relu"},{"out":)" + w +
         R"(,"activation":"prelu","dilation":2},{"out":)" + w +
         R"(,"activation":"relu"},{"out":1}],"training_blocks":)" + blocks + "}";
}

/// A sequence with normalisations inside, a grouped convolution, and nothing at all.
inline constexpr const char* kBranches =
    R"({"kind":"branches","padding":"zero","branches":{
        "sequence":[{"op":"conv","out":10,"height":1},{"op":"batch_norm"},{"op":"conv","out":OUT}],
        "groups":[{"op":"conv","out":OUT,"groups":2,"bias":false},
                  {"op":"batch_norm","epsilon":1e-3}],
        "identity":[]}})";

/// `kBranches` in the third layer, and batch normalisation alone in the first.
inline std::string branches_blocks(int width) {
  std::string text = kBranches;
  for (std::size_t at; (at = text.find("OUT")) != std::string::npos;)
    text.replace(at, 3, std::to_string(width));
  return R"({"places":{"layers.2":)" + text + R"(,"layers.0":{"kind":"conv_bn"}}})";
}

/// Random tensors, with counters beside the statistics.
inline std::vector<NamedTensor> training_tensors(const std::string& text, std::uint64_t seed) {
  auto architecture = nlohmann::json::parse(text);
  const auto blocks = architecture["training_blocks"];
  architecture.erase("training_blocks");
  const auto target = model::architecture_from_json(architecture.dump(), "test");
  RandomTensors plain(seed);
  std::vector<NamedTensor> tensors;
  std::vector<std::string> faults;
  const auto places = model::places_of(target);
  const bool by_name = blocks.contains("places");
  for (const model::Place& place : places.all) {
    const bool standard =
        std::any_of(places.standard.begin(), places.standard.end(),
                    [&](const model::Place& each) { return each.name == place.name; });
    if (place.name == "layers.1") plain.add("layers.1.slope", {place.out}, 0.3F);
    if (by_name ? !blocks["places"].contains(place.name) : !standard) {
      plain.add_conv(place.name, place.in, place.out, place.kernel);
      continue;
    }
    const auto spec =
        model::block_spec_from_json(by_name ? blocks["places"][place.name] : blocks, place, faults);
    for (NamedTensor& tensor : RandomBlock(spec, place.name, ++seed).tensors) {
      const std::string stem = tensor.name.substr(0, tensor.name.rfind('.') + 1);
      if (tensor.name == stem + "running_mean")
        tensors.push_back({stem + "num_batches_tracked", {}, {static_cast<float>(seed)}, "I64"});
      tensors.push_back(std::move(tensor));
    }
  }
  for (NamedTensor& tensor : plain.tensors) tensors.push_back(std::move(tensor));
  return tensors;
}

}  // namespace tessera::test
