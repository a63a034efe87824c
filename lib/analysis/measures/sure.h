// SPDX-License-Identifier: MIT
#pragma once

#include "analysis/plane_map.h"

namespace tessera::analysis {

/// Stein's unbiased risk estimate of a denoiser: the error it makes, without the clean picture.
///   SURE = |f(y) - y|^2 / N - sigma^2 + 2 sigma^2 df,  df = tr J / N.
/// Holds for white Gaussian noise of known sigma only.
/// Source  Stein 1981; Ramani, Blu and Unser, IEEE TIP 17(9), 2008.
struct Sure {
  double mse = 0.0;       ///< estimated mean squared error; may be negative by chance
  double psnr = 0.0;      ///< dB for a peak of 1; not a number when mse is not positive
  double df = 0.0;        ///< degrees of freedom per sample
  double averaged = 0.0;  ///< 1 / df, the pixels that one result is a mean of
};
/// Shapes  noisy (C, H, W).  Units  sigma and values over white.
Sure sure_of(const PlaneMap& denoiser,
             TensorView<const float> noisy,
             double sigma,
             int probes,
             std::uint64_t seed);

}  // namespace tessera::analysis
