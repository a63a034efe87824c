// SPDX-License-Identifier: MIT
#include "model/training_form/training_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tessera::model {
namespace {

using checkpoint::Weights;

std::vector<double> read_doubles(const Weights& weights,
                                 const std::string& name,
                                 std::vector<std::int64_t> shape) {
  const std::vector<float> values = weights.read(name, std::move(shape));
  return {values.begin(), values.end()};
}

AffineConv read_conv(const OpSpec& spec, int in, Padding padding, const Weights& weights) {
  // The weights come first: memory is taken for those that are there, not for what the text claims.
  std::vector<double> taps =
      read_doubles(weights, "weight", {spec.out, in / spec.groups, spec.height, spec.width});
  AffineConv conv = AffineConv::zeros(spec.out, in, spec.height, spec.width, spec.groups);
  conv.weights = std::move(taps);
  conv.dilation = spec.dilation;
  conv.padding = padding;
  if (spec.bias) conv.bias = read_doubles(weights, "bias", {spec.out});
  return conv;
}

BatchNorm read_batch_norm(const OpSpec& spec,
                          int channels,
                          const Weights& weights,
                          const std::string& name,
                          std::vector<std::string>& faults) {
  BatchNorm norm;
  norm.epsilon = spec.epsilon;
  norm.gamma = read_doubles(weights, "weight", {channels});
  norm.beta = read_doubles(weights, "bias", {channels});
  norm.mean = read_doubles(weights, "running_mean", {channels});
  norm.variance = read_doubles(weights, "running_var", {channels});
  for (const double variance : norm.variance)
    if (!(variance >= 0.0 && variance + norm.epsilon > 0.0)) {
      faults.push_back(fmt::format("{}: a running variance of {}", name, variance));
      break;
    }
  if (weights.contains("num_batches_tracked")) {
    const std::size_t before = weights.faults().size();
    const bool zero = weights.read("num_batches_tracked", {}).front() == 0.0F;
    if (zero && weights.faults().size() == before)
      faults.push_back(fmt::format("{}: its statistics were never measured", name));
  }
  return norm;
}

AffineConv read_mask(const OpSpec& spec, int channels, Padding padding, const Weights& weights) {
  AffineConv conv = mask_conv(spec.mask, read_doubles(weights, "scale", {channels}),
                              read_doubles(weights, "bias", {channels}));
  conv.padding = padding;
  return conv;
}

AffineConv read_stencil_mixture(int channels, Padding padding, const Weights& weights) {
  const std::vector<double> values = read_doubles(weights, "coefficients", {channels, 4});
  std::vector<std::array<double, 4>> coefficients(static_cast<std::size_t>(channels));
  for (std::size_t k = 0; k < values.size(); ++k) coefficients[k / 4][k % 4] = values[k];
  AffineConv conv = stencil_mixture_conv(coefficients);
  conv.padding = padding;
  return conv;
}

/// Calls `visit` with every operation, those inside residuals included.
template <typename Ops, typename Visit>
void for_each_op(Ops& ops, const Visit& visit) {
  for (auto& op : ops) {
    visit(op);
    if (auto* residual = std::get_if<ResidualOps>(&op.value)) for_each_op(residual->ops, visit);
  }
}

/// The operation that `spec` describes, with its weights.
TrainingOp read_op(const OpSpec& spec,
                   int channels,
                   Padding padding,
                   const Weights& weights,
                   const std::string& name,
                   std::vector<std::string>& faults) {
  const auto count = static_cast<std::size_t>(channels);
  switch (spec.kind) {
    case OpKind::Conv: {
      const AffineConv conv = read_conv(spec, channels, padding, weights);
      return {conv, conv.weights.size() + (spec.bias ? conv.bias.size() : 0), conv.macs()};
    }
    case OpKind::BatchNorm:
      return {read_batch_norm(spec, channels, weights, name, faults), 2 * count, 0};
    case OpKind::AveragePool:
      return {AveragePool{spec.size}, 0, static_cast<std::size_t>(spec.size) * spec.size * count};
    case OpKind::Mask:
      return {read_mask(spec, channels, padding, weights), 2 * count, 9 * count};
    case OpKind::StencilMixture:
      return {read_stencil_mixture(channels, padding, weights), 4 * count, 9 * count};
    case OpKind::Gate:
    case OpKind::Residual:
      break;
  }
  ChannelGate gate(spec.gate, channels, weights);
  const std::size_t parameters = gate.parameters();
  return {std::move(gate), parameters, 0};
}

}  // namespace

std::vector<TrainingOp> TrainingBlock::read_ops(const std::vector<OpSpec>& specs,
                                                int& channels,
                                                const Weights& weights,
                                                const std::string& place,
                                                std::vector<std::string>& faults) const {
  std::vector<TrainingOp> ops;
  for (const OpSpec& spec : specs) {
    if (spec.kind == OpKind::Residual) {
      int inside = channels;
      ops.push_back({ResidualOps{read_ops(spec.inner, inside, weights, place, faults)}});
      continue;
    }
    ops.push_back(read_op(spec, channels, spec_.padding, weights.below(spec.name),
                          place + "." + spec.name, faults));
    if (spec.kind == OpKind::Conv) channels = spec.out;
  }
  return ops;
}

TrainingBlock::TrainingBlock(const BlockSpec& spec,
                             const std::string& place,
                             const Weights& weights,
                             std::vector<std::string>& faults)
    : spec_(spec) {
  for (const BranchSpec& branch : spec.branches) {
    int channels = spec.in;
    branches_.push_back({branch.name, read_ops(branch.ops, channels, weights.below(branch.name),
                                               place + "." + branch.name, faults)});
  }
  for (std::size_t k = 0; k < spec.gates.size(); ++k)
    gates_.emplace_back(spec.gates[k], spec.out, weights.below("gates." + std::to_string(k)));
}

std::vector<ChannelGate*> TrainingBlock::live_gates() {
  std::vector<ChannelGate*> live;
  for (Branch& branch : branches_)
    for_each_op(branch.ops, [&](TrainingOp& op) {
      if (auto* gate = std::get_if<ChannelGate>(&op.value); gate != nullptr && !gate->constant())
        live.push_back(gate);
    });
  for (ChannelGate& gate : gates_)
    if (!gate.constant()) live.push_back(&gate);
  return live;
}

std::vector<const ChannelGate*> TrainingBlock::trailing_gates() const {
  std::vector<const ChannelGate*> live;
  for (const ChannelGate& gate : gates_)
    if (!gate.constant()) live.push_back(&gate);
  return live;
}

int TrainingBlock::gate_count() const {
  auto count = static_cast<int>(gates_.size());
  for (const Branch& branch : branches_)
    for_each_op(branch.ops, [&](const TrainingOp& op) {
      count += std::holds_alternative<ChannelGate>(op.value) ? 1 : 0;
    });
  return count;
}

std::size_t TrainingBlock::parameters() const {
  std::size_t count = 0;
  for (const Branch& branch : branches_)
    for_each_op(branch.ops, [&](const TrainingOp& op) { count += op.parameters; });
  for (const ChannelGate& gate : gates_) count += gate.parameters();
  return count;
}

std::size_t TrainingBlock::macs() const {
  std::size_t count = 0;
  for (const Branch& branch : branches_)
    for_each_op(branch.ops, [&](const TrainingOp& op) { count += op.macs; });
  return count;
}

}  // namespace tessera::model
