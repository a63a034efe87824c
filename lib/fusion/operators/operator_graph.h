// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tessera/checkpoint.h"

namespace tessera::fusion {

/// The tensors of a checkpoint by name.
using TensorMap = std::map<std::string, NamedTensor>;

/// What an operator does with the channels of its inputs. Names of tensors stand below its prefix.
enum class OperatorKind {
  Input,         ///< the packed observation or the estimate: channels that have a meaning
  Conv,          ///< weight (out, in / groups, k, k), perhaps bias (out), border_bias (out, k, k)
  Transposed,    ///< 2x2 with stride 2: weight (in, out, 2, 2), bias (out)
  Linear,        ///< of each pixel: weight (out, in), bias (out)
  Depthwise,     ///< weight (C, 1, k, k), bias (C)
  BatchNorm,     ///< weight, bias, running_mean, running_var (C)
  LayerNorm,     ///< over the channels of a pixel: weight, bias (C)
  Relu,          ///<
  Prelu,         ///< slope (C)
  Sigmoid,       ///<
  Add,           ///< of two values
  Subtract,      ///< first minus second
  Multiply,      ///< of two values, as gates are
  Concat,        ///< channels of the first, then of the second
  Slice,         ///< channels [first, first + channels)
  Shuffle,       ///< factor^2 consecutive channels become one of factor times the size
  Unshuffle,     ///< the inverse
  Attention,     ///< in windows, of queries (a Linear's), keys, values: position_bias (G, places)
  FeatureGraph,  ///< inputs h, q: log_mu (G), alpha_logit, beta_logit (T, G), mix (C)
  GraphMix,      ///< inputs q, logits...: alpha_logit, beta_logit (T, G), mix (G)
  GraphSolve,    ///< input f: metric (G, D, D), steps (layers, T, G), mix (G), scalars of the block
};

/// What an Input takes of a picture.
enum class Packing {
  Samples,       ///< the samples as they are
  Estimate,      ///< the first estimate
  Mosaic,        ///< the sum of the samples' colours, 2x2 unshuffled
  NoisyMosaic,   ///< likewise, and the mean noise level of the four
  Decimated,     ///< samples at even rows and columns
  WithMask,      ///< estimate and one plane of the mask, 2x2 unshuffled
  WithSigma,     ///< samples and noise level, 2x2 unshuffled
  WithMean,      ///< samples 2x2 unshuffled, and the mean noise level of the four
  SamplesSigma,  ///< samples and noise level
};

/// One operator; its result is the value of the same number.
struct Operator {
  OperatorKind kind = OperatorKind::Input;
  std::vector<int> inputs{};  ///< values
  std::string prefix{};       ///< of its tensors, without the last dot
  int channels = 0;           ///< of its result
  int kernel = 3, stride = 1, dilation = 1, groups = 1;
  int kernel_width = 0;  ///< Conv; 0: square
  bool bias = true, border_bias = false;
  double epsilon = 1e-5;                   ///< BatchNorm
  bool counted = false;                    ///< BatchNorm with num_batches_tracked
  int first = 0;                           ///< Slice
  int factor = 2;                          ///< Shuffle, Unshuffle
  int heads = 0, features = 0, steps = 0;  ///< graphs; features per head
  int window = 0, shift = 0;               ///< Attention: side of its windows, where they begin
  std::vector<std::string> scalars{};      ///< tensors without a channel axis
  Packing packing = Packing::Samples;      ///< Input
};

/// A network as operators in the order of computation, every input before its use.
struct OperatorGraph {
  std::vector<Operator> operators;
  std::vector<int> outputs;  ///< values whose channels have a meaning
  int skip = 0;              ///< what is done to the last value, without weights; a number for each

  /// Appends an operator.  Result  the number of its value.
  int add(Operator op);
  int channels(int value) const { return operators[static_cast<std::size_t>(value)].channels; }

  // The common operators, in short; each gives the number of its value.
  int input(int channels, Packing packing = Packing::Samples);
  int conv(int in, int channels, const std::string& prefix, int kernel = 3);
  int linear(int in, int channels, const std::string& prefix);
  int unary(OperatorKind kind, int in, const std::string& prefix = {});
  int binary(OperatorKind kind, int first, int second);
  int slice(int in, int first, int channels);
  int shuffle(int in, int factor);
  int unshuffle(int in, int factor);
};

/// Whether two operators are the same but for channels, heads and groups.
bool differ_in_widths_only(const Operator& a, const Operator& b);

/// The operators of the network that `checkpoint` describes, by its metadata or its layout.
/// Errors  BadCheckpoint, see model::architecture_of; training forms that have no operators.
OperatorGraph operators_of(const Checkpoint& checkpoint);

}  // namespace tessera::fusion
