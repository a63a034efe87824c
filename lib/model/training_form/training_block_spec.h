// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "model/training_form/channel_gate.h"
#include "model/training_form/fold.h"

namespace tessera::model {

/// The operations that branches of training blocks consist of.
enum class OpKind {
  Conv,            ///< `name`.weight (out, in / groups, height, width), `name`.bias (out)
  BatchNorm,       ///< `name`.weight, .bias, .running_mean, .running_var (C) [.num_batches_tracked]
  AveragePool,     ///< size x size, stride 1, no tensors
  Mask,            ///< a fixed 3x3 mask: `name`.scale (C), `name`.bias (C)
  StencilMixture,  ///< `name`.coefficients (C, 4)
  Gate,            ///< `name`.*, see ChannelGate
  Residual,        ///< inner(x) + x
};

/// One operation of a branch.
struct OpSpec {
  OpKind kind = OpKind::Conv;
  std::string name;  ///< of its tensors, below the branch
  int out = 0, height = 3, width = 3, groups = 1, dilation = 1;  ///< Conv
  bool bias = true;                                              ///< Conv
  double epsilon = 1e-5;                                         ///< BatchNorm
  int size = 3;                                                  ///< AveragePool
  Mask3x3 mask{};                                                ///< Mask
  GateSpec gate{};                                               ///< Gate
  std::vector<OpSpec> inner{};                                   ///< Residual
};

/// Operations in sequence; none at all is the identity.
struct BranchSpec {
  std::string name;
  std::vector<OpSpec> ops;
};

/// What one convolution of a network was while it trained: branches of the same input, summed, then
/// gates in order.
struct BlockSpec {
  std::string kind;
  int in = 0, out = 0;
  Padding padding = Padding::Zero;
  InnerPadding inner_padding = InnerPadding::Image;
  std::vector<BranchSpec> branches;
  std::vector<GateSpec> gates;  ///< tensors gates.K.*
};

/// A convolution of a deploy network, where a training block may stand.
struct Place {
  std::string name;  ///< of its tensors: NAME.weight, NAME.bias
  int in = 0, out = 0, kernel = 3, dilation = 1;
};

/// The description of one training block, an object under "training_blocks".
///
///   kind      conv, conv_bn, rep_vgg, acb, dbb, ecb, rrrb, branches
///   padding   exact (default: rings hold the image of zero), zero, replicate, reflect, circular
///   bias      whether convolutions have biases (default true)
///   epsilon   of batch normalisations (default 1e-5)
///   expand    inner width over input width: ecb (default 2), rrrb (default 2)
///   identity  ecb, rrrb: with a shortcut where channels allow (default true)
///   gates, gate            after the sum, in order: an object, or a kind as text
///   branch_gates           {branch: gates}, at the end of that branch
///   inner_gates            rrrb: on its 3x3, before the inner shortcut (RepMBConv)
///   branches               kind branches: {name: [operation, ...]}
///
/// A gate is {"kind": "asr-se|asr-eca|asr-ie|asr-srm|asr-cbam|se|...", "hidden": H, "taps": K,
/// "activation": "relu|silu", "bias": true}. hidden defaults to channels / 16, at least 1.
/// Whatever is wrong, and every operation that cannot be folded, is added to `faults`.
BlockSpec block_spec_from_json(const nlohmann::json& description,
                               const Place& place,
                               std::vector<std::string>& faults);

}  // namespace tessera::model
