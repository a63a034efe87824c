// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "checkpoint/weights.h"
#include "model/architecture.h"
#include "model/graph_block.h"
#include "model/network.h"
#include "model/noise_graph_block.h"
#include "nn/conv2d.h"

namespace tessera::model {

/// The default network: a plain 3x3 convolution backbone at half resolution makes features; graph
/// blocks filter with them; samples that were measured noise-free are kept exactly.
///
///   u = packed observation;  h = head(u);  h += conv2(relu(conv1(h))) for each residual block,
///   with feature graph blocks in between;  r = shuffle(tail(h) + skip(u));  x = image graph
///   block(h, r, y).
/// Without an image graph x = y where measured and r elsewhere.
/// As a denoiser (observation noise) it reads the noise level beside the noisy picture, no sample
/// is kept, and the image graph block is a NoiseGraphBlock.
class GraphMixtureNet final : public Network {
 public:
  GraphMixtureNet(const GraphMixtureSpec& spec,
                  const checkpoint::Weights& weights,
                  Precision precision);

  int channels() const override { return spec_.channels; }
  ObservationKind observation() const override { return spec_.observation; }
  int stage_count() const override { return 1; }
  StageNeeds needs(int stage) const override;
  void run(int stage, const Observed& in, TensorView<float> out, Workspace& scratch) const override;

 private:
  struct ResidualBlock {
    nn::Conv2d conv1, conv2;
  };

  int packed_channels() const;
  nn::FeatureMap backbone(const nn::FeatureMap& packed, Workspace& scratch, Trace* trace) const;

  GraphMixtureSpec spec_;
  nn::Conv2d head_, skip_, tail_;
  std::vector<ResidualBlock> blocks_;
  std::vector<FeatureGraphBlock> feature_graphs_;
  std::vector<ImageGraphBlock> image_graph_;  ///< none or one
  std::vector<NoiseGraphBlock> noise_graph_;  ///< likewise, for a denoiser
};

}  // namespace tessera::model
