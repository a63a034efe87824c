// SPDX-License-Identifier: MIT
#pragma once

#include "model/blocks/image_graph_heads.h"

namespace tessera::model {

/// The image graph block of a denoiser: passes on what of the residual d = y - r is smooth on
/// graphs predicted by the backbone. Head g solves
///   min_e  sum F_g (e - d)^2 + sum (c_g - F_g) e^2 + e' L_g e,  that is  (diag(c_g) + L_g) e = F_g
///   d,
/// by learned CG from zero, with a fidelity F at most the confidence c; the result is
/// r + sum_g mix_g e_g. One graph per head serves all colour planes. Of a noisy mosaic, d is zero
/// where nothing was measured.
class NoiseGraphBlock {
 public:
  /// Requires is_noisy(observation).
  NoiseGraphBlock(const ImageGraphSpec& spec,
                  ObservationKind observation,
                  int width,
                  const checkpoint::Weights& weights)
      : observation_(observation), heads_(spec, 2, false, width, weights) {}

  /// Shapes  out (C, H, W).
  void restore(const ImageGraphInput& input, TensorView<float> out, Workspace& scratch) const;
  int border() const { return heads_.border(); }

 private:
  ObservationKind observation_;
  ImageGraphHeads heads_;
};

}  // namespace tessera::model
