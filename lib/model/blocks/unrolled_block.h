// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <vector>

#include "checkpoint/weights.h"
#include "model/architecture/architecture.h"
#include "model/blocks/graph_block.h"
#include "model/network.h"
#include "nn/conv2d.h"

namespace tessera::model {

/// What one block of glr_net and one of gtv_net have in common: a four-layer feature network, one
/// metric and one graph per head, the mixing of the heads and the relaxation of the block.
///
///   f = cnn(x);  wbar_g from metric_g f_g;  x_g = solve(g, wbar_g, x);
///   x <- p sum_g mix_g x_g + (1 - p) x;  x = y on the measured samples (not with noise).
class UnrolledBlock {
 public:
  /// Reads cnn.*, metric, mix and relaxation below `weights`.
  UnrolledBlock(const UnrolledGraphSpec& spec, const checkpoint::Weights& weights);

  /// Solves one head's problem.  Shapes  weights (4, H, W); x_g (C, H, W): the start on entry.
  using SolveHead =
      std::function<void(int head, TensorView<const float> weights, TensorView<float> x_g)>;
  /// Shapes  in.estimate, out (C, H, W).
  void run(const Observed& in,
           TensorView<float> out,
           const SolveHead& solve,
           Workspace& scratch) const;

  /// Weight of a head's result in the block's, before samples are kept.
  float mix(int head) const { return relaxation_ * mix_[head]; }
  /// What the block asks of the tiles.
  StageNeeds needs() const;

 private:
  void features(TensorView<const float> x, TensorView<float> f) const;

  UnrolledGraphSpec spec_;
  std::vector<nn::Conv2d> cnn_;
  std::vector<float> metric_;  ///< (heads, features, features)
  std::vector<float> mix_;     ///< (heads)
  float relaxation_;
};

/// Trained steps of one block, [layer][head][step], from alpha_logit and beta_logit
/// (layers, steps, heads) and the bound on the spectrum in each layer.
std::vector<std::vector<CgSteps>> unrolled_steps(const UnrolledGraphSpec& spec,
                                                 const checkpoint::Weights& weights,
                                                 const std::vector<float>& bound_by_layer);

}  // namespace tessera::model
