// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <vector>

#include "analysis/plane_map.h"

namespace tessera::analysis {

/// Second moments of the answer to an impulse: how far and in which direction a layer spreads what
/// it is given. With J_p the answer at pixel p to an impulse at q:
///   mass m = sum J_p;  drift a = (1/m) sum J_p (p - q);
///   D_ab = (1/2m) sum J_p (p - q)_a (p - q)_b - a_a a_b / 2.
/// One explicit heat step of diffusivity D gives D; an implicit one (I + mu L)^-1 gives mu; a
/// Gaussian blur gives sigma^2 / 2; steps add up.
struct DiffusionTensor {
  int y = 0, x = 0;  ///< the impulse
  double mass = 0.0;
  double drift_y = 0.0, drift_x = 0.0;     ///< pixels
  double dyy = 0.0, dxx = 0.0, dyx = 0.0;  ///< pixels^2
  double negative = 0.0;                   ///< sum of |J_p| where negative, over sum of |J_p|
  /// Eigenvalues, the larger first; meaningless unless mass is clearly positive.
  double major() const;
  double minor() const;
  /// (major - minor) / (major + minor).
  double anisotropy() const;
  /// Of the first axis against the x axis, radians in (-pi/2, pi/2].
  double angle() const;
};

/// From the answer around an impulse: the (2 radius + 1)^2 window, clipped at the picture.
DiffusionTensor diffusion_from_response(TensorView<const float> response, int y, int x, int radius);

/// The tensors at many pixels by one run of a linear map that reaches `radius` pixels: impulses on
/// a lattice so wide that their answers do not meet, each at the nearest pixel of its cell that
/// `allowed` takes. Cells without one are left out.
std::vector<DiffusionTensor> diffusion_tensors(const PlaneMap& map,
                                               Shape shape,
                                               int radius,
                                               const std::function<bool(int y, int x)>& allowed);

/// Tensors of a picture in a few numbers. Where mass is small the tensor means nothing; those are
/// left out of the means of D.
struct DiffusionSummary {
  int count = 0;                                      ///< impulses
  double mass = 0.0;                                  ///< mean
  double negative = 0.0;                              ///< mean fraction of negative answers
  double major = 0.0, minor = 0.0, anisotropy = 0.0;  ///< of the mean over all; pixels^2
  double flat = 0.0,
         edge = 0.0;  ///< mean (major + minor) / 2 where the picture changes least, most
  /// cos of twice the angle between the first axis and the edge where the picture changes most,
  /// weighted by anisotropy: 1 along edges, 0 no matter, -1 across.
  double alignment = 0.0;
};
/// Least and most: the lower and upper third by size of the gradient at the impulse.
/// Shapes  picture (C, H, W), of the tensors' own size.
DiffusionSummary summary_of(const std::vector<DiffusionTensor>& tensors,
                            TensorView<const float> picture);

}  // namespace tessera::analysis
