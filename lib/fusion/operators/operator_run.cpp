// SPDX-License-Identifier: MIT
#include "fusion/operators/operator_run.h"

#include <algorithm>
#include <cmath>

#include "base/assertion.h"
#include "base/threads/threads_inside.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/weights.h"
#include "fusion/operators/plain_operators.h"
#include "model/blocks/graph_block.h"
#include "nn/conv2d.h"
#include "nn/pointwise/cell_conv2d.h"

namespace tessera::fusion {
namespace {

/// The tensors whose names begin with `prefix`, as a checkpoint in memory.
Checkpoint part_of(const TensorMap& tensors,
                   const std::string& prefix,
                   const std::map<std::string, std::string>& metadata) {
  std::vector<NamedTensor> part;
  for (const auto& [name, tensor] : tensors)
    if (name.rfind(prefix, 0) == 0) part.push_back(tensor);
  return Checkpoint::from_bytes(checkpoint::safetensors_bytes(part, metadata), "network");
}

/// Whether the fast convolutions take it.
bool is_plain(const Operator& op) {
  return op.groups == 1 && !op.border_bias && op.kernel_width == 0 && op.kernel <= 3;
}

/// conv.forward() on planes.
template <typename Convolution>
Tensor applied(const Convolution& conv, const Tensor& in) {
  nn::FeatureMap map, result;
  map.assign(in);
  conv.forward(map, result);
  Tensor out(result.shape());
  result.copy_to(out);
  return out;
}

}  // namespace

OperatorRun::OperatorRun(const OperatorGraph& graph,
                         const TensorMap& tensors,
                         const std::map<std::string, std::string>& metadata,
                         const std::vector<CalibrationSample>& pictures)
    : graph_(graph),
      tensors_(tensors),
      metadata_(metadata),
      pictures_(pictures),
      values_(graph.operators.size()),
      last_use_(graph.operators.size(), -1) {
  for (std::size_t i = 0; i < graph.operators.size(); ++i)
    for (const int input : graph.operators[i].inputs) last_use_[input] = static_cast<int>(i);
  for (const int output : graph.outputs) last_use_[output] = static_cast<int>(values_.size());
}

OperatorRun::~OperatorRun() = default;

void OperatorRun::step(int index, base::ThreadPool& pool) {
  const Apply apply = prepared(index);
  values_[index].resize(pictures_.size());
  const Operator& op = graph_.operators[static_cast<std::size_t>(index)];
  pool.for_each(static_cast<int>(pictures_.size()), [&](int picture, int) {
    const base::ThreadsInsideScope inside(1);
    Inputs inputs;
    for (const int input : op.inputs)
      inputs.push_back(&values_[input][static_cast<std::size_t>(picture)]);
    values_[index][static_cast<std::size_t>(picture)] =
        apply(inputs, pictures_[static_cast<std::size_t>(picture)]);
  });
}

void OperatorRun::release_after(int index) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(index); ++i)
    if (last_use_[i] <= index) values_[i].clear();
}

OperatorRun::Apply OperatorRun::prepared(int index) const {
  const Operator& op = graph_.operators[static_cast<std::size_t>(index)];
  using Picture = CalibrationSample;
  switch (op.kind) {
    case OperatorKind::Input:
      return
          [&op](const Inputs&, const Picture& p) { return packed_input(p, op.packing, op.steps); };
    case OperatorKind::Linear:
      return convolution(op);
    case OperatorKind::LayerNorm:
      return layer_norm(op);
    case OperatorKind::Attention:
      return attention(op);
    case OperatorKind::Conv:
      if (op.stride == 2) return strided(op);
      return is_plain(op) ? convolution(op) : grouped(op, op.groups);
    case OperatorKind::Transposed:
      return transposed(op);
    case OperatorKind::Depthwise:
      return grouped(op, op.channels);
    case OperatorKind::BatchNorm:
    case OperatorKind::Prelu:
      return per_channel(op);
    case OperatorKind::Relu:
    case OperatorKind::Sigmoid:
    case OperatorKind::Add:
    case OperatorKind::Subtract:
    case OperatorKind::Multiply:
      return [kind = op.kind](const Inputs& in, const Picture&) { return by_element(kind, in); };
    case OperatorKind::Concat:
      return [](const Inputs& in, const Picture&) { return joined(*in[0], *in[1]); };
    case OperatorKind::Slice:
      return
          [&op](const Inputs& in, const Picture&) { return part(*in[0], op.first, op.channels); };
    case OperatorKind::Shuffle:
    case OperatorKind::Unshuffle:
      return [&op](const Inputs& in, const Picture&) {
        return shuffled(*in[0], op.factor, op.kind == OperatorKind::Unshuffle);
      };
    case OperatorKind::FeatureGraph:
      return feature_graph(op);
    case OperatorKind::GraphMix:
      return [](const Inputs&, const Picture&) { return Tensor(); };
    case OperatorKind::GraphSolve:
      return solved(op);
  }
  return {};
}

std::vector<float> OperatorRun::bias_of(const Operator& op) const {
  if (!op.bias) return std::vector<float>(static_cast<std::size_t>(op.channels), 0.0F);
  return tensors_.at(op.prefix + ".bias").values;
}

OperatorRun::Apply OperatorRun::convolution(const Operator& op) const {
  const NamedTensor& weight = tensors_.at(op.prefix + ".weight");
  const auto conv =
      std::make_shared<nn::Conv2d>(nn::ConvSpec{.in_channels = static_cast<int>(weight.shape[1]),
                                                .out_channels = op.channels,
                                                .kernel = op.kernel,
                                                .dilation = op.dilation,
                                                .algorithm = nn::ConvAlgorithm::Direct},
                                   weight.values, bias_of(op));
  return [conv](const Inputs& in, const CalibrationSample&) { return applied(*conv, *in[0]); };
}

OperatorRun::Apply OperatorRun::strided(const Operator& op) const {
  const NamedTensor& weight = tensors_.at(op.prefix + ".weight");
  const auto conv =
      std::make_shared<nn::StridedConv2d>(static_cast<int>(weight.shape[1]), op.channels,
                                          weight.values, tensors_.at(op.prefix + ".bias").values);
  return [conv](const Inputs& in, const CalibrationSample&) { return applied(*conv, *in[0]); };
}

OperatorRun::Apply OperatorRun::transposed(const Operator& op) const {
  const NamedTensor& weight = tensors_.at(op.prefix + ".weight");
  const auto conv = std::make_shared<nn::TransposedConv2d>(static_cast<int>(weight.shape[0]),
                                                           op.channels, weight.values,
                                                           tensors_.at(op.prefix + ".bias").values);
  return [conv, channels = op.channels](const Inputs& in, const CalibrationSample&) {
    Tensor out(channels, 2 * in[0]->height(), 2 * in[0]->width());
    nn::FeatureMap map, sum;
    map.assign(*in[0]);
    sum.assign(out);
    conv->add_to(map, sum);
    sum.copy_to(out);
    return out;
  };
}

OperatorRun::Apply OperatorRun::grouped(const Operator& op, int groups) const {
  const NamedTensor& weight = tensors_.at(op.prefix + ".weight");
  const std::vector<float> bias = bias_of(op);
  const NamedTensor* border = op.border_bias ? &tensors_.at(op.prefix + ".border_bias") : nullptr;
  return [=, &weight, dilation = op.dilation](const Inputs& in, const CalibrationSample&) {
    const auto border_bias =
        border == nullptr ? std::span<const float>{} : std::span<const float>(border->values);
    return grouped_convolution(*in[0], weight, bias, border_bias, groups, dilation);
  };
}

OperatorRun::Apply OperatorRun::per_channel(const Operator& op) const {
  const auto values = [&](const char* name) { return &tensors_.at(op.prefix + "." + name).values; };
  if (op.kind == OperatorKind::Prelu)
    return [slope = values("slope")](const Inputs& in, const CalibrationSample&) {
      Tensor out = in[0]->clone();
      for (int c = 0; c < out.channels(); ++c)
        for (float& x : out.view().channels(c, 1).flat())
          if (x < 0.0F) x *= (*slope)[static_cast<std::size_t>(c)];
      return out;
    };
  return [gamma = values("weight"), beta = values("bias"), mean = values("running_mean"),
          variance = values("running_var"),
          epsilon = static_cast<float>(op.epsilon)](const Inputs& in, const CalibrationSample&) {
    Tensor out = in[0]->clone();
    for (int c = 0; c < out.channels(); ++c) {
      const auto i = static_cast<std::size_t>(c);
      const float scale = (*gamma)[i] / std::sqrt((*variance)[i] + epsilon);
      for (float& x : out.view().channels(c, 1).flat()) x = (x - (*mean)[i]) * scale + (*beta)[i];
    }
    return out;
  };
}

OperatorRun::Apply OperatorRun::layer_norm(const Operator& op) const {
  return [gain = &tensors_.at(op.prefix + ".weight").values,
          bias = &tensors_.at(op.prefix + ".bias").values](
             const Inputs& in, const CalibrationSample&) { return normed(*in[0], *gain, *bias); };
}

OperatorRun::Apply OperatorRun::attention(const Operator& op) const {
  return [&op, bias = &tensors_.at(op.prefix + ".position_bias").values](
             const Inputs& in, const CalibrationSample&) { return attended(op, *bias, in); };
}

OperatorRun::Apply OperatorRun::feature_graph(const Operator& op) const {
  const Checkpoint part = part_of(tensors_, op.prefix + ".", {});
  const checkpoint::Weights weights(part);
  const auto block = std::make_shared<model::FeatureGraphBlock>(
      model::FeatureGraphSpec{0, op.heads, op.features, op.steps}, op.channels, 1,
      weights.below(op.prefix));
  return [block](const Inputs& in, const CalibrationSample&) {
    nn::FeatureMap features;
    features.assign(*in[0]);
    Workspace scratch;
    block->filter(features, scratch);
    Tensor out(features.shape());
    features.copy_to(out);
    return out;
  };
}

OperatorRun::Apply OperatorRun::solved(const Operator& op) const {
  const std::shared_ptr<const model::Network> network =
      model::make_network(part_of(tensors_, "", metadata_), Precision::F32);
  return [network, stage = op.first](const Inputs& in, const CalibrationSample& picture) {
    Tensor out(picture.samples.shape());
    Workspace scratch;
    network->run(stage, {picture.samples, picture.mask, *in[1], picture.sigma}, out, scratch);
    return out;
  };
}

}  // namespace tessera::fusion
