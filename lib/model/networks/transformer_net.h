// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "checkpoint/weights.h"
#include "model/architecture/architecture.h"
#include "model/blocks/transformer_block.h"
#include "model/network.h"
#include "nn/conv2d.h"

namespace tessera::model {

/// Window attention at half resolution: the baseline that states no prior.
///
///   u = packed observation;  h = head(u);  h through the blocks, every second one with windows
///   moved by half a window;  r = shuffle(tail(h) + skip(u));  x = y where measured, r elsewhere.
///
/// A map of any size needs no padding: windows are anchored to the picture's corner, and what they
/// hold beyond the picture is no key. Always fp32.
class TransformerNet final : public Network {
 public:
  TransformerNet(const TransformerSpec& spec, const checkpoint::Weights& weights);

  int channels() const override { return spec_.channels; }
  ObservationKind observation() const override { return spec_.observation; }
  int stage_count() const override { return 1; }
  StageNeeds needs(int stage) const override;
  void run(int stage, const Observed& in, TensorView<float> out, Workspace& scratch) const override;

 private:
  /// Head and blocks.  Shapes  features (C, H / 2, W / 2) as a map.
  nn::FeatureMap features(const nn::FeatureMap& packed, Workspace& scratch, Trace* trace) const;

  TransformerSpec spec_;
  nn::Conv2d head_, skip_, tail_;
  std::vector<TransformerBlock> blocks_;
};

}  // namespace tessera::model
