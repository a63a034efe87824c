// SPDX-License-Identifier: MIT
#include "model/training_form/training_block_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "model/architecture/architecture_reader.h"

namespace tessera::model {
namespace {

using nlohmann::json;

constexpr int kMostChannels = 4096;

/// Why an operation has no place in a block that becomes one convolution; empty when unknown.
std::string reason_against(const std::string& op) {
  static const std::map<std::string, std::string> reasons{
      {"relu", "a convolution is linear"},
      {"leaky_relu", "a convolution is linear"},
      {"prelu", "a convolution is linear"},
      {"gelu", "a convolution is linear"},
      {"silu", "a convolution is linear"},
      {"sigmoid", "a convolution is linear"},
      {"layer_norm", "its statistics depend on the picture"},
      {"instance_norm", "its statistics depend on the picture"},
      {"group_norm", "its statistics depend on the picture"},
      {"spatial_attention", "its factors depend on the position"},
      {"attention", "its weights depend on the picture"},
      {"max_pool", "it is not linear"},
      {"resize", "it changes the size"},
  };
  const auto found = reasons.find(op);
  return found == reasons.end() ? "" : found->second;
}

}  // namespace

void BlockReader::fault(const std::string& problem) const {
  faults_.push_back(fmt::format("{}: {}", place_, problem));
}

void BlockReader::require_known(std::initializer_list<const char*> keys) const {
  const std::string unknown = unknown_keys(object_, keys);
  if (!unknown.empty()) fault(unknown);
}

bool BlockReader::flag(const char* key, bool missing) const {
  const auto found = object_.find(key);
  if (found == object_.end()) return missing;
  if (found->is_boolean()) return found->get<bool>();
  fault(fmt::format("\"{}\" must be true or false, found {}", key, found->dump()));
  return missing;
}

int BlockReader::integer(const char* key, int missing, int low, int high) const {
  const auto found = object_.find(key);
  if (found == object_.end()) return missing;
  if (found->is_number_integer() && *found >= low && *found <= high) return found->get<int>();
  fault(fmt::format("\"{}\" must be an integer from {} to {}, found {}", key, low, high,
                    found->dump()));
  return missing;
}

double BlockReader::number(const char* key, double missing, double low, double high) const {
  const auto found = object_.find(key);
  if (found == object_.end()) return missing;
  if (found->is_number() && *found >= low && *found <= high) return found->get<double>();
  fault(fmt::format("\"{}\" must be a number from {} to {}, found {}", key, low, high,
                    found->dump()));
  return missing;
}

std::string BlockReader::text(const char* key, const std::string& missing) const {
  const auto found = object_.find(key);
  if (found == object_.end()) return missing;
  if (found->is_string()) return found->get<std::string>();
  fault(fmt::format("\"{}\" must be a text, found {}", key, found->dump()));
  return missing;
}

GateSpec BlockReader::gate(const json& item, int channels) const {
  const json object = item.is_string() ? json{{"kind", item}} : item;
  GateSpec spec;
  if (!object.is_object()) {
    fault("a gate must be an object or a text");
    return spec;
  }
  const BlockReader reader(object, place_, faults_);
  reader.require_known({"op", "kind", "hidden", "taps", "activation", "bias"});
  std::string kind = reader.text("kind", "");
  spec.learned = kind.rfind("asr-", 0) == 0;
  if (spec.learned) kind.erase(0, 4);
  bool known = false;
  for (const GateKind each :
       {GateKind::Se, GateKind::Eca, GateKind::Ie, GateKind::Srm, GateKind::Cbam})
    if (GateSpec named{.kind = each}; name_of(named) == kind) {
      spec.kind = each;
      known = true;
    }
  if (!known)
    fault(
        fmt::format("not foldable: gate \"{}\"; known: se, eca, ie, srm, cbam (its channel half), "
                    "alone or after asr-",
                    kind));
  spec.hidden = reader.integer("hidden", std::max(1, channels / 16), 1, kMostChannels);
  spec.taps = reader.integer("taps", 3, 1, 63);
  if (spec.taps % 2 == 0) fault(fmt::format("\"taps\" must be odd, found {}", spec.taps));
  const std::string activation = reader.text("activation", "relu");
  if (activation != "relu" && activation != "silu")
    fault(fmt::format("a gate's activation must be relu or silu, found \"{}\"", activation));
  spec.silu = activation == "silu";
  spec.bias = reader.flag("bias", true);
  return spec;
}

std::vector<OpSpec> BlockReader::gate_ops(const char* key,
                                          int channels,
                                          const std::string& prefix) const {
  const auto found = object_.find(key);
  if (found == object_.end()) return {};
  const json items = found->is_array() ? *found : json::array({*found});
  std::vector<OpSpec> ops;
  for (const json& item : items) {
    OpSpec op;
    op.kind = OpKind::Gate;
    op.name = fmt::format("{}.{}", prefix, ops.size());
    op.gate = gate(item, channels);
    ops.push_back(std::move(op));
  }
  return ops;
}

void BlockReader::add_branch_gates(std::vector<BranchSpec>& branches, int channels) const {
  const auto found = object_.find("branch_gates");
  if (found == object_.end()) return;
  if (!found->is_object()) return fault("\"branch_gates\" must be an object");
  const BlockReader reader(*found, place_, faults_);
  for (const auto& item : found->items()) {
    const auto branch = std::find_if(branches.begin(), branches.end(), [&](const BranchSpec& each) {
      return each.name == item.key();
    });
    if (branch == branches.end()) {
      fault(fmt::format("\"branch_gates\" names no branch: \"{}\"", item.key()));
      continue;
    }
    for (OpSpec& op : reader.gate_ops(item.key().c_str(), channels, "gates"))
      branch->ops.push_back(std::move(op));
  }
}

OpSpec BlockReader::convolution(const json& item, const std::string& name, int& channels) const {
  const BlockReader reader(item, place_, faults_);
  reader.require_known({"op", "out", "height", "width", "groups", "dilation", "stride", "bias"});
  OpSpec op;
  op.name = name;
  op.out = reader.integer("out", channels, 1, kMostChannels);
  op.height = reader.integer("height", 3, 1, 31);
  op.width = reader.integer("width", op.height, 1, 31);
  op.groups = reader.integer("groups", 1, 1, kMostChannels);
  op.dilation = reader.integer("dilation", 1, 1, 64);
  op.bias = reader.flag("bias", flag("bias", true));
  if (reader.integer("stride", 1, 1, 64) != 1)
    fault(fmt::format("not foldable: {}: stride changes the size", name));
  if (channels % op.groups != 0 || op.out % op.groups != 0) {
    fault(fmt::format("{}: {} groups do not divide {} and {} channels", name, op.groups, channels,
                      op.out));
    op.groups = 1;
  }
  channels = op.out;
  return op;
}

OpSpec BlockReader::residual(const json& item, const std::string& name, int channels) const {
  OpSpec op;
  op.kind = OpKind::Residual;
  op.name = name;
  int behind = channels;
  BlockReader(item, place_, faults_).require_known({"op", "ops"});
  op.inner = operations(item.value("ops", json::array()), name + ".", behind);
  if (behind != channels)
    fault(fmt::format("{}: a residual of {} to {} channels", name, channels, behind));
  return op;
}

OpSpec BlockReader::operation(const json& item, const std::string& name, int& channels) const {
  const BlockReader reader(item, place_, faults_);
  const std::string kind = reader.text("op", "");
  if (kind == "conv") return convolution(item, name, channels);
  if (kind == "residual") return residual(item, name, channels);
  OpSpec op;
  op.name = name;
  if (kind == "batch_norm") {
    reader.require_known({"op", "epsilon"});
    op.kind = OpKind::BatchNorm;
    op.epsilon = reader.number("epsilon", number("epsilon", 1e-5, 0.0, 1.0), 0.0, 1.0);
  } else if (kind == "average_pool") {
    reader.require_known({"op", "size", "counts_padding"});
    op.kind = OpKind::AveragePool;
    op.size = reader.integer("size", 3, 1, 31);
    if (!reader.flag("counts_padding", true))
      fault(
          fmt::format("not foldable: {}: an average pool that leaves padding out divides by "
                      "other numbers at the border",
                      name));
  } else if (kind == "sobel_x" || kind == "sobel_y" || kind == "laplacian") {
    reader.require_known({"op"});
    op.kind = OpKind::Mask;
    op.mask = kind == "sobel_x" ? kSobelX : kind == "sobel_y" ? kSobelY : kLaplacian;
  } else if (kind == "stencil_mixture") {
    reader.require_known({"op"});
    op.kind = OpKind::StencilMixture;
  } else if (kind == "gate") {
    op.kind = OpKind::Gate;
    op.gate = gate(item, channels);
  } else if (const std::string reason = reason_against(kind); !reason.empty()) {
    fault(fmt::format("not foldable: {}: {}: {}", name, kind, reason));
  } else {
    fault(fmt::format("{}: unknown operation \"{}\"", name, kind));
  }
  return op;
}

std::vector<OpSpec> BlockReader::operations(const json& items,
                                            const std::string& prefix,
                                            int& channels) const {
  std::vector<OpSpec> ops;
  if (!items.is_array()) {
    fault("the operations of a branch must be an array");
    return ops;
  }
  for (const json& item : items) {
    const std::string name = prefix + std::to_string(ops.size());
    if (!item.is_object()) {
      fault(fmt::format("{}: an operation must be an object", name));
      continue;
    }
    ops.push_back(operation(item, name, channels));
  }
  return ops;
}

std::vector<BranchSpec> BlockReader::branches(const Place& place) const {
  std::vector<BranchSpec> all;
  const auto found = object_.find("branches");
  if (found == object_.end() || !found->is_object() || found->empty()) {
    fault("kind branches needs an object \"branches\"");
    return all;
  }
  for (const auto& item : found->items()) {
    int channels = place.in;
    std::vector<OpSpec> ops = operations(item.value(), "", channels);
    if (channels != place.out)
      fault(fmt::format("branch {} ends with {} channels, expected {}", item.key(), channels,
                        place.out));
    all.push_back({item.key(), std::move(ops)});
  }
  return all;
}

}  // namespace tessera::model
