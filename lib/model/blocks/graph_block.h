// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "checkpoint/weights.h"
#include "graph/graph_filter.h"
#include "model/architecture/architecture.h"
#include "nn/conv2d.h"
#include "nn/pointwise/cell_conv2d.h"
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

/// Confidences lie below this; it enters the bound on the spectrum.
inline constexpr float kConfidenceLimit = 2.0F;

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
  /// Pixels of context at the features' resolution: the steps, and two for distances and degrees.
  int border() const { return spec_.steps + 2; }

 private:
  FeatureGraphSpec spec_;
  int width_, scale_;
  nn::Conv2d node_features_;
  std::vector<float> mu_, mix_;
  std::vector<CgSteps> steps_;
};

/// What the graph blocks on the image have in common: node features and logits from the backbone's
/// features, and per head a learned CG run from zero whose result is added with a trained weight.
class ImageGraphHeads {
 public:
  /// Reads features.*, alpha_logit, beta_logit and mix below `weights`; `logits` planes per head
  /// follow the node features.
  ImageGraphHeads(const ImageGraphSpec& spec,
                  int logits,
                  int width,
                  const checkpoint::Weights& weights);

  /// All heads' node features, then their logits, at full resolution; taken from `scratch`.
  /// Shapes  features (F, H/2, W/2); result (heads * (features + logits), H, W).
  TensorView<float> nodes(const nn::FeatureMap& features, Workspace& scratch) const;
  /// estimate += mix_g e with A e = b solved from zero.  Shapes  b, estimate (C, H, W).
  void add_solution(int head,
                    const graph::FilterMatrix& matrix,
                    TensorView<const float> b,
                    TensorView<float> estimate,
                    Trace* trace,
                    Workspace& scratch) const;

 private:
  ImageGraphSpec spec_;
  int planes_;
  nn::SubPixelConv2d node_features_;
  std::vector<float> mix_;
  std::vector<CgSteps> steps_;
};

/// The graph block on the image: spreads what the samples say beyond the prior mean r. With the
/// innovation e = y - r on the measured samples, head g solves
///   min_e  e' (diag(conf_g) + L_g) e   subject to  e = y - r on the measured samples,
/// by learned CG on the missing ones; the result is r + sum_g mix_g e_g there and y on the
/// measured. One graph per head serves all colour planes.
class ImageGraphBlock {
 public:
  ImageGraphBlock(const ImageGraphSpec& spec, int width, const checkpoint::Weights& weights);

  /// Shapes  features (F, H/2, W/2); in: (C, H, W) each; estimate holds r on entry, x on return.
  void restore(const nn::FeatureMap& features,
               const Observed& in,
               TensorView<float> estimate,
               Workspace& scratch) const;
  /// Pixels of context at full resolution: the steps, one for the right-hand side, two for weights.
  int border() const { return spec_.steps + 3; }

 private:
  ImageGraphSpec spec_;
  ImageGraphHeads heads_;
};

/// x = y on the measured samples.  Shapes  all (C, H, W).
void keep_samples(const Observed& in, TensorView<float> x);

}  // namespace tessera::model
