// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "checkpoint/weights.h"
#include "model/architecture/architecture.h"
#include "model/network.h"
#include "nn/conv2d.h"

namespace tessera::model {

/// Planes that the first convolution gets.
int input_planes(const ConvNetSpec& spec);

/// Plain convolutions in a chain, as folded backbones and published denoisers are: DnCNN, FFDNet,
/// IRCNN (dilated), ECBSR. What they are is data, see ConvNetSpec.
/// Source  Zhang et al., DnCNN (2017), FFDNet (2018), IRCNN (2017); Zhang, Zeng, Zhang, ECBSR
///         (2021).
class ConvNet final : public Network {
 public:
  /// The first and the last layer stay fp32 with Precision::Bf16, and so do layers with a border
  /// bias.
  /// Requires F32 or Bf16.
  ConvNet(const ConvNetSpec& spec, const checkpoint::Weights& weights, Precision precision);

  int channels() const override { return spec_.channels; }
  ObservationKind observation() const override { return spec_.observation; }
  bool reads_sigma() const override { return spec_.noise_map; }
  Precision precision() const override { return precision_; }
  int size_multiple() const override { return spec_.shuffle; }
  int picture_border() const override { return 0; }
  int stage_count() const override { return 1; }
  StageNeeds needs(int stage) const override;
  void run(int stage, const Observed& in, TensorView<float> out, Workspace& scratch) const override;

 private:
  struct Layer {
    nn::Conv2d conv;
    std::vector<float> slopes;       ///< of a PReLU pass after the convolution; empty: none
    std::vector<float> border_bias;  ///< (out, k, k); empty: none
  };

  Layer make_layer(std::size_t index, int in_channels, const checkpoint::Weights& weights) const;
  nn::FeatureMap pack(const Observed& in, Workspace& scratch) const;
  void add_skip(const Observed& in, TensorView<float> out) const;

  ConvNetSpec spec_;
  Precision precision_;
  std::vector<Layer> layers_;
};

}  // namespace tessera::model
