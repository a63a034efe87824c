// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/training_form/training_block.h"
#include "random_checkpoint.h"
#include "random_conv.h"

namespace tessera::test {

/// Random tensors of a training block: biases that are not zero, statistics far from (0, 1).
class RandomBlock {
 public:
  RandomBlock(const model::BlockSpec& spec, const std::string& place, std::uint64_t seed)
      : random_(seed) {
    for (const auto& branch : spec.branches) {
      int channels = spec.in;
      add_ops(branch.ops, place + "." + branch.name + ".", channels);
    }
    for (std::size_t k = 0; k < spec.gates.size(); ++k)
      add_gate(spec.gates[k], spec.out, place + ".gates." + std::to_string(k) + ".");
  }

  std::vector<NamedTensor> tensors;

 private:
  void add(const std::string& name, std::vector<std::int64_t> shape, double spread, double mean) {
    NamedTensor tensor{name, shape, {}, "F32"};
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    for (std::int64_t k = 0; k < count; ++k)
      tensor.values.push_back(static_cast<float>(mean + random_.uniform(-spread, spread)));
    tensors.push_back(std::move(tensor));
  }
  void add_gate(const model::GateSpec& gate, int channels, const std::string& name) {
    const bool pair = gate.kind == model::GateKind::Srm;
    const std::vector<std::int64_t> each =
        pair ? std::vector<std::int64_t>{channels, 2} : std::vector<std::int64_t>{channels};
    if (gate.learned) add(name + "psi", each, 0.5, 0.1);
    if (gate.kind == model::GateKind::Se || gate.kind == model::GateKind::Cbam) {
      add(name + "fc1.weight", {gate.hidden, channels}, 1.0, 0.0);
      add(name + "fc2.weight", {channels, gate.hidden}, 1.5, 0.0);
      if (!gate.bias) return;
      add(name + "fc1.bias", {gate.hidden}, 0.5, 0.3);
      add(name + "fc2.bias", {channels}, 0.5, 0.0);
      return;
    }
    if (gate.kind == model::GateKind::Eca) return add(name + "weight", {gate.taps}, 1.5, 0.0);
    add(name + "weight", each, 1.5, 0.0);
    add(name + "bias", {channels}, 0.5, 0.0);
  }
  void add_ops(const std::vector<model::OpSpec>& ops, const std::string& prefix, int& channels) {
    for (const auto& op : ops) {
      const std::string name = prefix + op.name + ".";
      if (op.kind == model::OpKind::Residual) add_ops(op.inner, prefix, channels);
      if (op.kind == model::OpKind::Gate) add_gate(op.gate, channels, name);
      if (op.kind == model::OpKind::Mask) {
        add(name + "scale", {channels}, 0.5, 0.2);
        add(name + "bias", {channels}, 0.5, 0.0);
      }
      if (op.kind == model::OpKind::StencilMixture) add(name + "coefficients", {channels, 4}, 1, 0);
      if (op.kind == model::OpKind::BatchNorm) {
        add(name + "weight", {channels}, 0.6, 0.9);
        add(name + "bias", {channels}, 0.5, 0.0);
        add(name + "running_mean", {channels}, 0.8, 0.0);
        add(name + "running_var", {channels}, 0.95, 1.05);
      }
      if (op.kind != model::OpKind::Conv) continue;
      const int fan_in = channels / op.groups * op.height * op.width;
      add(name + "weight", {op.out, channels / op.groups, op.height, op.width},
          std::sqrt(3.0 / fan_in), 0.0);
      if (op.bias) add(name + "bias", {op.out}, 0.5, 0.0);
      channels = op.out;
    }
  }

  RandomNumbers random_;
};

/// A block with random weights from the JSON that describes it.
inline model::TrainingBlock random_block(const std::string& text,
                                         const model::Place& place,
                                         std::uint64_t seed,
                                         std::vector<std::string>& faults) {
  const auto spec = model::block_spec_from_json(nlohmann::json::parse(text), place, faults);
  const Checkpoint checkpoint = checkpoint_of(RandomBlock(spec, place.name, seed).tensors, "{}");
  const checkpoint::Weights weights(checkpoint);
  model::TrainingBlock block(spec, place.name, weights.below(place.name), faults);
  weights.require_all_good();
  return block;
}

}  // namespace tessera::test
