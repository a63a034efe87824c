// SPDX-License-Identifier: MIT
#include "analysis/measures/sure.h"

#include <cmath>

#include "analysis/filters/layer_filter.h"

namespace tessera::analysis {

Sure sure_of(const PlaneMap& denoiser,
             TensorView<const float> noisy,
             double sigma,
             int probes,
             std::uint64_t seed) {
  // Small beside the noise, large beside the rounding of floats (1e-7 of white, times some layers).
  constexpr double kStep = 1e-3;
  Tensor restored(noisy.shape());
  denoiser(noisy, restored);
  const Tensor removed = difference(restored, noisy);
  Sure sure;
  sure.df = degrees_of_freedom(denoiser, noisy, kStep, probes, seed);
  sure.averaged = 1.0 / sure.df;
  sure.mse = dot(removed, removed) / static_cast<double>(noisy.shape().count()) - sigma * sigma +
             2.0 * sigma * sigma * sure.df;
  sure.psnr = -10.0 * std::log10(sure.mse);
  return sure;
}

}  // namespace tessera::analysis
