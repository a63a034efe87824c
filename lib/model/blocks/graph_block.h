// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "checkpoint/weights.h"
#include "graph/graph_filter.h"
#include "model/architecture/architecture.h"
#include "nn/conv2d.h"
#include "tensor/workspace.h"

namespace tessera::model {

/// Trained steps of one head's learned conjugate gradient run.
using CgSteps = std::vector<graph::CgStep>;

/// Decodes the logits of a learned conjugate gradient run for `heads` heads.
/// Shapes  alpha_logit, beta_logit row-major (steps, heads); bound: one per head.
/// Result  [head][step].
std::vector<CgSteps> decode_steps(const std::vector<float>& alpha_logit,
                                  const std::vector<float>& beta_logit,
                                  const std::vector<float>& bound);

/// A graph block in feature space. Head g filters its F/G consecutive feature planes h_g with a
/// graph learned from the features themselves:
///   u = (I + mu_g L_g)^-1 h_g  by learned CG from u = h_g;   h <- h + mix .* (u - h).
class FeatureGraphBlock {
 public:
  /// `scale`: the features have 1 / scale of the picture's height and width.
  FeatureGraphBlock(const FeatureGraphSpec& spec,
                    int width,
                    int scale,
                    const checkpoint::Weights& weights);

  /// Filters the features in place.  Shapes  (F, H / scale, W / scale).
  void filter(nn::FeatureMap& features, Workspace& scratch, Trace* trace = nullptr) const;
  /// Pixels of context at the features' resolution.
  int border() const { return spec_.reach(); }

 private:
  FeatureGraphSpec spec_;
  int width_, scale_;
  nn::Conv2d node_features_;
  std::vector<float> mu_, mix_;
  std::vector<CgSteps> steps_;
};

/// x = y on the measured samples.  Shapes  all (C, H, W).
void keep_samples(const Observed& in, TensorView<float> x);

}  // namespace tessera::model
