// SPDX-License-Identifier: MIT
#pragma once

#include "model/blocks/image_graph_heads.h"

namespace tessera::model {

/// The graph block on the image: spreads what the samples say beyond the prior mean r. With the
/// innovation e = y - r on the measured samples, head g solves
///   min_e  e' (diag(conf_g) + L_g) e   subject to  e = y - r on the measured samples,
/// by learned CG on the missing ones; the result is r + sum_g mix_g e_g there and y on the
/// measured. One graph per head serves all colour planes.
class ImageGraphBlock {
 public:
  ImageGraphBlock(const ImageGraphSpec& spec, int width, const checkpoint::Weights& weights)
      : heads_(spec, 1, true, width, weights) {}

  /// Shapes  out (C, H, W).
  void restore(const ImageGraphInput& input, TensorView<float> out, Workspace& scratch) const;
  int border() const { return heads_.border(); }

 private:
  ImageGraphHeads heads_;
};

}  // namespace tessera::model
