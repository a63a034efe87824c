// SPDX-License-Identifier: MIT
#include "model/training_form/training_block_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/training_form/training_block_reader.h"

namespace tessera::model {
namespace {

using nlohmann::json;

OpSpec conv(const std::string& name, int out, int height, int width, bool bias) {
  OpSpec op;
  op.name = name;
  op.out = out;
  op.height = height;
  op.width = width;
  op.bias = bias;
  return op;
}

OpSpec batch_norm(const std::string& name, double epsilon) {
  OpSpec op;
  op.kind = OpKind::BatchNorm;
  op.name = name;
  op.epsilon = epsilon;
  return op;
}

OpSpec mask(const std::string& name, const Mask3x3& values) {
  OpSpec op;
  op.kind = OpKind::Mask;
  op.name = name;
  op.mask = values;
  return op;
}

OpSpec average_pool(int size) {
  OpSpec op;
  op.kind = OpKind::AveragePool;
  op.size = size;
  return op;
}

OpSpec residual(std::vector<OpSpec> inner) {
  OpSpec op;
  op.kind = OpKind::Residual;
  op.inner = std::move(inner);
  return op;
}

/// The branches of the published blocks.
class Catalogue {
 public:
  Catalogue(const BlockReader& reader, const Place& place)
      : reader_(reader),
        place_(place),
        bias_(reader.flag("bias", true)),
        epsilon_(reader.number("epsilon", 1e-5, 0.0, 1.0)) {}

  std::vector<BranchSpec> branches(const std::string& kind) const {
    if (kind == "conv") return {{"dense", {square("conv")}}};
    if (kind == "conv_bn") return {{"dense", {square("conv"), norm("bn")}}};
    if (kind == "rep_vgg") return rep_vgg();
    if (kind == "acb") return acb();
    if (kind == "dbb") return dbb();
    if (kind == "ecb") return ecb();
    if (kind == "rrrb") return rrrb();
    if (kind == "branches") return reader_.branches(place_);
    reader_.fault(
        fmt::format("unknown kind \"{}\"; known: conv, conv_bn, rep_vgg, acb, dbb, ecb, "
                    "rrrb, branches",
                    kind));
    return {};
  }

 private:
  OpSpec square(const std::string& name) const {
    return conv(name, place_.out, place_.kernel, place_.kernel, bias_);
  }
  OpSpec point(const std::string& name, int out) const { return conv(name, out, 1, 1, bias_); }
  OpSpec norm(const std::string& name) const { return batch_norm(name, epsilon_); }
  bool shortcut() const { return reader_.flag("identity", true) && place_.in == place_.out; }

  /// Ding et al. 2021 (RepVGG).
  std::vector<BranchSpec> rep_vgg() const {
    std::vector<BranchSpec> all{{"dense", {square("conv"), norm("bn")}},
                                {"point", {point("conv", place_.out), norm("bn")}}};
    if (place_.in == place_.out) all.push_back({"identity", {norm("bn")}});
    return all;
  }
  /// Ding et al. 2019 (ACNet).
  std::vector<BranchSpec> acb() const {
    const int k = place_.kernel;
    return {{"dense", {square("conv"), norm("bn")}},
            {"row", {conv("conv", place_.out, 1, k, bias_), norm("bn")}},
            {"column", {conv("conv", place_.out, k, 1, bias_), norm("bn")}}};
  }
  /// Ding et al. 2021 (Diverse Branch Block).
  std::vector<BranchSpec> dbb() const {
    return {
        {"dense", {square("conv"), norm("bn")}},
        {"point", {point("conv", place_.out), norm("bn")}},
        {"sequence", {point("reduce", place_.in), norm("reduce_bn"), square("conv"), norm("bn")}},
        {"pool",
         {point("conv", place_.out), norm("bn"), average_pool(place_.kernel), norm("pool_bn")}}};
  }
  /// Zhang, Zeng, Zhang 2021 (ECBSR).
  std::vector<BranchSpec> ecb() const {
    const int inner = place_.in * reader_.integer("expand", 2, 1, 16);
    std::vector<BranchSpec> all{
        {"dense", {square("conv")}},
        {"expand", {point("expand", inner), square("conv")}},
        {"sobel_x", {point("conv", place_.out), mask("mask", kSobelX)}},
        {"sobel_y", {point("conv", place_.out), mask("mask", kSobelY)}},
        {"laplacian", {point("conv", place_.out), mask("mask", kLaplacian)}}};
    if (place_.kernel != 3) reader_.fault("ecb stands for 3x3 convolutions only");
    if (shortcut()) all.push_back({"identity", {}});
    return all;
  }
  /// Du et al. 2022 (FMEN); with inner gates Zhong et al.'s RepMBConv as in PlainUSR 2024.
  std::vector<BranchSpec> rrrb() const {
    const int inner = place_.in * reader_.integer("expand", 2, 1, 16);
    std::vector<OpSpec> gated{conv("conv", inner, place_.kernel, place_.kernel, bias_)};
    for (OpSpec& gate : reader_.gate_ops("inner_gates", inner, "conv.gates"))
      gated.push_back(std::move(gate));
    std::vector<BranchSpec> all{
        {"dense",
         {point("expand", inner), residual(std::move(gated)), point("squeeze", place_.out)}}};
    if (shortcut()) all.push_back({"identity", {}});
    return all;
  }

  const BlockReader& reader_;
  const Place& place_;
  bool bias_;
  double epsilon_;
};

void set_padding(const std::string& text, BlockSpec& spec, const BlockReader& reader) {
  spec.inner_padding = text == "exact" ? InnerPadding::Image : InnerPadding::Outside;
  if (text == "exact" || text == "zero") return;
  for (const Padding padding : {Padding::Replicate, Padding::Reflect, Padding::Circular})
    if (text == name_of(padding)) {
      spec.padding = padding;
      return;
    }
  reader.fault(fmt::format(
      "padding must be exact, zero, replicate, reflect or circular, found \"{}\"", text));
}

}  // namespace

BlockSpec block_spec_from_json(const json& description,
                               const Place& place,
                               std::vector<std::string>& faults) {
  const BlockReader reader(description, place.name, faults);
  BlockSpec spec;
  spec.in = place.in;
  spec.out = place.out;
  if (!description.is_object()) {
    reader.fault("a training block must be an object");
    return spec;
  }
  reader.require_known({"kind", "padding", "bias", "epsilon", "expand", "identity", "gate", "gates",
                        "branch_gates", "inner_gates", "branches"});
  spec.kind = reader.text("kind", "");
  set_padding(reader.text("padding", "exact"), spec, reader);
  spec.branches = Catalogue(reader, place).branches(spec.kind);
  reader.add_branch_gates(spec.branches, place.out);
  for (const char* key : {"gate", "gates"})
    for (const OpSpec& gate : reader.gate_ops(key, place.out, "gates"))
      spec.gates.push_back(gate.gate);
  bool live = false;
  for (const GateSpec& gate : spec.gates) {
    if (gate.learned && live)
      reader.fault(
          fmt::format("not foldable: {} behind a live gate, which would pool features that "
                      "are gated already",
                      name_of(gate)));
    live = live || !gate.learned;
  }
  // A place with dilation: every kernel of its published block is spread alike.
  for (BranchSpec& branch : spec.branches)
    if (spec.kind != "branches")
      for (OpSpec& op : branch.ops)
        if (op.kind == OpKind::Conv) op.dilation = op.height * op.width > 1 ? place.dilation : 1;
  return spec;
}

}  // namespace tessera::model
