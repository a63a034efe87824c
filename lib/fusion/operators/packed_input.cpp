// SPDX-License-Identifier: MIT
#include <algorithm>

#include "fusion/operators/operator_run.h"
#include "model/blocks/observation_pack.h"
#include "tensor/cell_means.h"

namespace tessera::fusion {
namespace {

/// `planes` and the first plane of `last` after them.
Tensor with_plane(const Tensor& planes, const Tensor& last) {
  Tensor joined(planes.channels() + 1, planes.height(), planes.width());
  std::copy_n(planes.data(), planes.shape().count(), joined.data());
  std::copy_n(last.data(), last.shape().plane(), joined.view().plane(planes.channels()));
  return joined;
}

/// What the networks at half resolution read.
Tensor packed(model::ObservationKind kind, const CalibrationSample& picture, int fill_steps) {
  const model::Observed observed{.samples = picture.samples,
                                 .mask = picture.mask,
                                 .estimate = picture.estimate,
                                 .sigma = picture.sigma};
  Workspace scratch;
  const nn::FeatureMap map = model::pack_observation(kind, observed, scratch, fill_steps);
  Tensor planes(map.shape());
  map.copy_to(planes);
  return planes;
}

/// 2x2 cells of `planes`, and the mean of each cell of `sigma`.
Tensor with_mean(const Tensor& planes, const Tensor& sigma) {
  Tensor packed(4 * planes.channels() + 1, planes.height() / 2, planes.width() / 2);
  pixel_unshuffle2(planes, packed.view().channels(0, 4 * planes.channels()));
  cell_means(sigma, packed.view().channels(4 * planes.channels(), 1));
  return packed;
}

}  // namespace

Tensor packed_input(const CalibrationSample& picture, Packing packing, int fill_steps) {
  switch (packing) {
    case Packing::Samples:
      return picture.samples.clone();
    case Packing::Estimate:
      return picture.estimate.clone();
    case Packing::Mosaic:
      return packed(model::ObservationKind::Bayer, picture, fill_steps);
    case Packing::NoisyMosaic:
      return packed(model::ObservationKind::NoisyBayer, picture, fill_steps);
    case Packing::Decimated:
      return packed(model::ObservationKind::Decimation2, picture, fill_steps);
    case Packing::WithMask:
      return packed(model::ObservationKind::Mask, picture, fill_steps);
    case Packing::WithSigma:
      return packed(model::ObservationKind::Noise, picture, fill_steps);
    case Packing::WithMean:
      return with_mean(picture.samples, picture.sigma);
    case Packing::SamplesSigma:
      return with_plane(picture.samples, picture.sigma);
  }
  return {};
}

}  // namespace tessera::fusion
