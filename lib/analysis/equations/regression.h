// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace tessera::analysis {

/// Least squares d ~ G theta over the pixels and channels of a picture, without intercept.
struct Regression {
  std::vector<double> coefficients;
  std::vector<double> errors;  ///< standard, by bootstrap over tiles: pixels are not independent;
                               ///< NaN for a single tile
  std::vector<double> unique_r2;  ///< what R2 loses without this term
  std::vector<double> inflation;  ///< VIF, 1 / (1 - R2 of the term on the others); large: collinear
  double r2 = 0.0;                ///< 1 - |d - G theta|^2 / |d|^2; the cosine is its root
  double adjusted_r2 = 0.0;
  /// |d - G theta| / |d| on odd tiles, fitted on even ones; NaN where those hold nothing.
  double held_out_residual = 0.0;
  double condition = 0.0;  ///< of G with columns of norm 1
  std::int64_t samples = 0;
  bool singular = false;  ///< terms are linearly dependent: coefficients mean nothing
};

/// Side of the tiles that stand for independent samples.
inline constexpr int kRegressionTile = 32;

/// Shapes  d and every term (C, H, W).
/// Requires at least one term.
/// Result  singular when d or a term is zero everywhere; r2 0 when d is.
Regression regress(TensorView<const float> d,
                   const std::vector<TensorView<const float>>& terms,
                   std::uint64_t seed);

/// Takes the mean of every channel off.
void centre(TensorView<float> planes);

}  // namespace tessera::analysis
