// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "checkpoint/weights.h"
#include "model/architecture/architecture.h"
#include "model/blocks/backbone.h"
#include "model/blocks/graph_block.h"
#include "model/blocks/image_graph_block.h"
#include "model/blocks/noise_graph_block.h"
#include "model/network.h"
#include "nn/conv2d.h"

namespace tessera::model {

/// The default network: a plain convolution backbone at half resolution and coarser makes features;
/// graph blocks filter with them; samples that were measured noise-free are kept exactly.
///
///   u = packed observation;  h = backbone(head(u));  r = shuffle(tail(h) + skip(u));
///   x = image graph block(h, r, y).
/// Without an image graph x = y where measured and r elsewhere.
/// As a denoiser (observation noise or noisy_bayer) it reads the noise level beside the noisy
/// picture or mosaic, no sample is kept, and the image graph block is a NoiseGraphBlock.
class GraphMixtureNet final : public Network {
 public:
  /// Requires F32 or Bf16.
  GraphMixtureNet(const GraphMixtureSpec& spec,
                  const checkpoint::Weights& weights,
                  Precision precision);

  int channels() const override { return spec_.channels; }
  ObservationKind observation() const override { return spec_.observation; }
  Precision precision() const override { return precision_; }
  int size_multiple() const override { return 1 << spec_.backbone.scales(); }
  int stage_count() const override { return 1; }
  StageNeeds needs(int stage) const override;
  void run(int stage, const Observed& in, TensorView<float> out, Workspace& scratch) const override;

 private:
  int packed_channels() const;
  /// Pixels of the result that differ when so many pixels of the backbone's result do.
  int final_border(int border) const;
  /// Everything behind the backbone.  Shapes  features and packed (..., H/2, W/2); in, out (C, H,
  /// W); in.estimate and in.sigma are not read.
  void finish(const nn::FeatureMap& features,
              const nn::FeatureMap& packed,
              const Observed& in,
              TensorView<float> out,
              Workspace& scratch) const;

  GraphMixtureSpec spec_;
  Precision precision_;
  nn::Conv2d head_, skip_, tail_;
  Backbone backbone_;
  std::vector<ImageGraphBlock> image_graph_;  ///< none or one
  std::vector<NoiseGraphBlock> noise_graph_;  ///< likewise, for a denoiser
};

}  // namespace tessera::model
