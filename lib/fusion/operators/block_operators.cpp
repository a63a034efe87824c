// SPDX-License-Identifier: MIT
#include "fusion/operators/block_operators.h"

#include <fmt/format.h>

#include <algorithm>

#include "tessera/error.h"

namespace tessera::fusion {
namespace {

using model::OpKind;
using model::OpSpec;

/// Appends one block's operators.
class BlockWriter {
 public:
  BlockWriter(OperatorGraph& graph, const model::PlacedBlock& block, const Checkpoint& checkpoint)
      : graph_(graph), block_(block), checkpoint_(checkpoint) {}

  int write(int h) {
    const model::BlockSpec& spec = block_.block.spec();
    if (!spec.gates.empty()) refuse("a gate");
    if (spec.padding != model::Padding::Zero) refuse(name_of(spec.padding) + " padding");
    int sum = -1;
    for (const model::BranchSpec& branch : spec.branches) {
      const int value = branch_value(h, branch);
      sum = sum < 0 ? value : graph_.binary(OperatorKind::Add, sum, value);
    }
    return sum;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorCode::BadCheckpoint,
                fmt::format("{}: {}: a training form with {} cannot be fused; fold it first",
                            checkpoint_.name(), block_.place.name, what));
  }

  int branch_value(int h, const model::BranchSpec& branch) {
    const bool exact = block_.block.spec().inner_padding == model::InnerPadding::Image;
    int value = h;
    for (const OpSpec& op : branch.ops) {
      const std::string prefix = block_.place.name + "." + branch.name + "." + op.name;
      if (op.kind == OpKind::BatchNorm) {
        value = normalisation(value, op, prefix);
      } else if (op.kind == OpKind::Conv) {
        // What lies outside is the image of zero there, which zeros would not be.
        if (exact && value != h && op.height * op.width > 1)
          refuse("exact padding inside " + branch.name);
        value = convolution(value, op, prefix);
      } else {
        refuse("gates, pools, masks or shortcuts inside " + branch.name);
      }
    }
    return value;
  }

  int normalisation(int h, const OpSpec& op, const std::string& prefix) {
    const auto names = checkpoint_.tensor_names();
    const bool counted =
        std::find(names.begin(), names.end(), prefix + ".num_batches_tracked") != names.end();
    const int value = graph_.unary(OperatorKind::BatchNorm, h, prefix);
    graph_.operators.back().epsilon = op.epsilon;
    graph_.operators.back().counted = counted;
    return value;
  }

  int convolution(int h, const OpSpec& op, const std::string& prefix) {
    const int value = graph_.conv(h, op.out, prefix, op.height);
    Operator& added = graph_.operators.back();
    added.kernel_width = op.width == op.height ? 0 : op.width;
    added.groups = op.groups;
    added.dilation = op.dilation;
    added.bias = op.bias;
    return value;
  }

  OperatorGraph& graph_;
  const model::PlacedBlock& block_;
  const Checkpoint& checkpoint_;
};

}  // namespace

int block_value(OperatorGraph& graph,
                int h,
                const model::PlacedBlock& block,
                const Checkpoint& checkpoint) {
  return BlockWriter(graph, block, checkpoint).write(h);
}

}  // namespace tessera::fusion
