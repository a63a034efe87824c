// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/weights.h"
#include "model/training_form/affine_conv.h"

namespace tessera::model {

/// How a channel gate makes one factor per channel out of statistics of its input.
/// With m the mean, s the standard deviation (of the population), h the maximum of a channel:
///
///   Se    sigmoid(W2 a(W1 m + b1) + b2), a = ReLU or SiLU     Hu, Shen, Sun 2018
///   Eca   sigmoid(conv1d(m)) along the channels, zeros beyond  Wang et al. 2020
///   Ie    sigmoid(w m + b)                                     Liang et al. 2020
///   Srm   sigmoid(w0 m + w1 s + b)                             Lee, Kim, Nam 2019
///   Cbam  sigmoid(MLP(m) + MLP(h)), the channel half           Woo et al. 2018
enum class GateKind { Se, Eca, Ie, Srm, Cbam };

/// What a channel gate is. A learned one (ASR, Zhong et al. 2023) reads trained constants psi in
/// place of the statistics, so that its factors are constants; a live one looks at its input.
struct GateSpec {
  GateKind kind = GateKind::Se;
  bool learned = false;
  int hidden = 0;  ///< Se and Cbam: width of the MLP
  int taps = 0;    ///< Eca: odd length of the 1-D convolution
  bool silu = false, bias = true;
};
/// "asr-se", "eca", ...
std::string name_of(const GateSpec& spec);

/// A channel gate with its weights.
/// Tensors  psi (C), or (C, 2) for Srm; Se and Cbam: fc1.weight (H, C), fc1.bias (H), fc2.weight
///          (C, H), fc2.bias (C), biases unless spec.bias is false; Eca: weight (taps); Ie: weight
///          (C), bias (C); Srm: weight (C, 2), bias (C).
class ChannelGate {
 public:
  ChannelGate(const GateSpec& spec, int channels, const checkpoint::Weights& weights);

  const GateSpec& spec() const { return spec_; }
  int channels() const { return channels_; }
  /// True when the factors do not depend on the input: learned, or frozen.
  bool constant() const { return spec_.learned || frozen_.has_value(); }
  /// The factors of a constant gate.  Shapes  (C).
  std::vector<double> factors() const;
  /// The factors for this input.  Shapes  x (C, H, W), result (C).
  std::vector<double> factors(const Planes& x) const;
  /// Takes these factors from now on.  Shapes  (C).
  void freeze(std::vector<double> factors) { frozen_ = std::move(factors); }
  std::size_t parameters() const;
  /// The tensors of this gate, for a checkpoint that keeps it.  Names begin with `prefix`.
  std::vector<NamedTensor> tensors(const std::string& prefix) const;

 private:
  struct Stored {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values;
  };
  const std::vector<float>& stored(const std::string& name) const;
  double bias(const std::string& name, int index) const;
  std::vector<double> mlp(const std::vector<double>& input) const;
  /// Shapes  mean, deviation, maximum (C).
  std::vector<double> factors_from(const std::vector<double>& mean,
                                   const std::vector<double>& deviation,
                                   const std::vector<double>& maximum) const;

  GateSpec spec_;
  int channels_;
  std::vector<Stored> stored_;
  std::optional<std::vector<double>> frozen_;
};

}  // namespace tessera::model
