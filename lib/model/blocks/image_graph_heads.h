// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "checkpoint/weights.h"
#include "model/architecture/architecture.h"
#include "model/blocks/graph_block.h"
#include "model/blocks/image_graph_problem.h"
#include "nn/feature_map.h"

namespace tessera::model {

/// What a graph block on the image works on.
struct ImageGraphInput {
  const nn::FeatureMap& features;  ///< of the backbone, (F, H/2, W/2)
  const nn::FeatureMap& mean;      ///< the prior mean r, cell by cell, (4C, H/2, W/2)
  const Observed& observed;        ///< (C, H, W) each
};

/// What the graph blocks on the image have in common: node features and logits from the backbone's
/// features, and per head a learned CG run from zero whose result is added with a trained weight.
/// All of it is made row by row; no plane of nodes, weights or right-hand sides is in memory.
class ImageGraphHeads {
 public:
  /// Reads features.*, alpha_logit, beta_logit and mix below `weights`. `logits` planes per head
  /// follow the node features; `extends`: the problems fix values, see graph::LearnedFilter.
  ImageGraphHeads(const ImageGraphSpec& spec,
                  int logits,
                  bool extends,
                  int width,
                  const checkpoint::Weights& weights);

  /// Makes the problem of a head from the arguments of ImageGraphProblem.
  using MakeProblem = std::function<std::unique_ptr<ImageGraphProblem>(
      const ImageGraphPicture&, const ImageGraphHead&, int widest, Workspace&)>;
  /// out = r + sum_g mix_g e_g, e_g being the solution of head g's problem.
  /// Shapes  out (C, H, W), apart from what was observed.
  void solve(const ImageGraphInput& input,
             const MakeProblem& make,
             TensorView<float> out,
             Workspace& scratch) const;

  /// Pixels of context at full resolution.
  int border() const;

 private:
  ImageGraphSpec spec_;
  bool extends_;
  std::vector<nn::SubPixelConv2d> nodes_;  ///< of each head: features, then logits by kind
  std::vector<float> mix_;
  std::vector<CgSteps> steps_;
};

}  // namespace tessera::model
