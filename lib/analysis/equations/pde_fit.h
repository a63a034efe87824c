// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analysis/equations/regression.h"

namespace tessera::analysis {

/// One step of a network, u before and v after, read as dx/dt = D lap x + a (P x - x) + pull +
/// reaction.
struct PdeStep {
  TensorView<const float> before, after;  ///< (C, H, W)
  /// P u: the mean over neighbours by the rows of the layer's own graphs or attention; empty: the
  /// layer has none.
  std::function<Tensor(TensorView<const float> u)> attention{};
  TensorView<const float> samples{}, mask{};  ///< observation, (C, H, W); empty: no data pull
};

/// How well a step is told by the equation, with the values that say nothing beside it.
struct PdeFit {
  double increment = 0.0;  ///< |v - u| / |u|; below 1e-3 nothing is fitted
  bool fitted = false;
  std::vector<std::string> terms;   ///< "diffusion", "attention", "data pull", "reaction"
  std::vector<std::string> merged;  ///< "attention into diffusion": too collinear to tell apart
  Regression fit;                   ///< of the centred increment on the centred terms
  /// R2 of the same terms for an oracle that removes white noise of the increment's strength: what
  /// a perfect denoiser gets that follows no equation.
  double null_white = 0.0;
  /// R2 when the increment is taken from elsewhere in the picture: shifted by half its size.
  double null_shift = 0.0;
  double diffusion_alone = 0.0;       ///< R2 of diffusion as the only term
  double diffusion_alone_null = 0.0;  ///< the oracle's; 16/20 in theory
  /// Whether R2 is above both nulls.
  bool beats_null() const { return fitted && fit.r2 > null_white && fit.r2 > null_shift; }
};

/// Collinearity (VIF) beyond which two terms are told as one.
inline constexpr double kMostInflation = 10.0;
/// Increments below this fraction of the state are not fitted.
inline constexpr double kLeastIncrement = 1e-3;

PdeFit fit_pde(const PdeStep& step, std::uint64_t seed);

/// The five-point Laplacian of every channel; the border's outer neighbours equal itself.
/// Shapes  (C, H, W) both.
Tensor grid_laplacian(TensorView<const float> u);

}  // namespace tessera::analysis
