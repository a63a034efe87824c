// SPDX-License-Identifier: MIT
#include "fusion/operators/operator_graph.h"

#include <tuple>

#include "base/assertion.h"

namespace tessera::fusion {

int OperatorGraph::add(Operator op) {
  for ([[maybe_unused]] const int value : op.inputs)
    TESSERA_ASSERT(value >= 0 && value < std::ssize(operators));
  operators.push_back(std::move(op));
  return static_cast<int>(operators.size()) - 1;
}

int OperatorGraph::input(int channels, Packing packing) {
  return add({.kind = OperatorKind::Input, .channels = channels, .packing = packing});
}

int OperatorGraph::conv(int in, int channels, const std::string& prefix, int kernel) {
  return add({.kind = OperatorKind::Conv,
              .inputs = {in},
              .prefix = prefix,
              .channels = channels,
              .kernel = kernel});
}

int OperatorGraph::linear(int in, int channels, const std::string& prefix) {
  return add({.kind = OperatorKind::Linear,
              .inputs = {in},
              .prefix = prefix,
              .channels = channels,
              .kernel = 1});
}

int OperatorGraph::unary(OperatorKind kind, int in, const std::string& prefix) {
  return add({.kind = kind, .inputs = {in}, .prefix = prefix, .channels = channels(in)});
}

int OperatorGraph::binary(OperatorKind kind, int first, int second) {
  const int joined =
      kind == OperatorKind::Concat ? channels(first) + channels(second) : channels(first);
  return add({.kind = kind, .inputs = {first, second}, .channels = joined});
}

int OperatorGraph::slice(int in, int first, int count) {
  return add({.kind = OperatorKind::Slice, .inputs = {in}, .channels = count, .first = first});
}

int OperatorGraph::shuffle(int in, int factor) {
  return add({.kind = OperatorKind::Shuffle,
              .inputs = {in},
              .channels = channels(in) / (factor * factor),
              .factor = factor});
}

int OperatorGraph::unshuffle(int in, int factor) {
  return add({.kind = OperatorKind::Unshuffle,
              .inputs = {in},
              .channels = channels(in) * factor * factor,
              .factor = factor});
}

bool differ_in_widths_only(const Operator& a, const Operator& b) {
  const auto rest = [](const Operator& op) {
    return std::tuple(op.kind, op.inputs, op.prefix, op.kernel, op.stride, op.dilation,
                      op.groups > 1, op.kernel_width, op.bias, op.border_bias, op.epsilon,
                      op.factor, op.window, op.shift, op.kind == OperatorKind::Input ? op.steps : 0,
                      op.packing);
  };
  return rest(a) == rest(b);
}

}  // namespace tessera::fusion
