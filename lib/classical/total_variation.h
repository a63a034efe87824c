// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/tensor_view.h"

namespace tessera::classical {

/// Which derivatives a total variation measures.
enum class TvOrder {
  First,   ///< gradient, forward differences: prefers flat regions with sharp edges
  Second,  ///< Hessian (xx, yy and twice xy): prefers linear shading with sharp creases
};

/// When to stop, and what to minimise.
struct TvOptions {
  /// Second order is the default because plain total variation lies below biharmonic inpainting at
  /// 80 % missing pixels, and second order above it.
  TvOrder order = TvOrder::Second;
  double relative_change = 1e-5;  ///< of the objective near what is missing over ten iterations
  int max_iterations = 3000;
};

/// How the minimisation ended.
struct TvSummary {
  int iterations = 0;
  double initial_objective = 0.0;  ///< of the pull-push estimate it starts from
  double objective = 0.0;          ///< of the part of the picture with all that is missing
  double relative_change = 0.0;    ///< as TvOptions has it, at the end
  bool converged = false;          ///< false: stopped by max_iterations
};

/// Isotropic vectorial total variation: the sum over pixels of the Euclidean norm of the
/// derivatives of all channels together. Derivatives that would reach outside are left out.
/// Shapes  image (C, H, W).
double total_variation(TensorView<const float> image, TvOrder order);

/// Fills what is missing: minimises total_variation(result) subject to result = samples where the
/// mask is 1, by the first-order primal-dual method from the pull-push estimate.
/// Shapes    all (C, H, W); samples 0 where missing; mask in {0, 1}, its own for every channel.
/// Requires  at least one measured sample in every channel (without one, that channel becomes 0).
/// Result    measured samples bit for bit.
/// Threads   no state; one thread.
/// Cost      about 6 ns per iteration and pixel of three channels of the part with all that is
///           missing, 200 to 700 iterations for scattered pixels, up to max_iterations for holes
///           of some tens of pixels; 5 floats of memory per value. Not local: no tiles.
/// Source    Chambolle & Pock, A first-order primal-dual algorithm for convex problems with
///           applications to imaging, JMIV 40, 2011, algorithm 1; Hessian: Bergounioux & Piffet, A
///           second-order model for image denoising, Set-Valued and Variational Analysis 18, 2010.
TvSummary inpaint_tv(TensorView<const float> samples,
                     TensorView<const float> mask,
                     TensorView<float> result,
                     const TvOptions& options = {});

/// Fills what is missing smoothly, by pull-push (observation::pull_push_estimate): what the method
/// "bilinear" means for masks.
/// Shapes    all (C, H, W); samples 0 where missing; mask in {0, 1}.
/// Requires  as inpaint_tv.
void inpaint_bilinear(TensorView<const float> samples,
                      TensorView<const float> mask,
                      TensorView<float> result);

}  // namespace tessera::classical
