// SPDX-License-Identifier: MIT
#include <algorithm>

#include "fusion/operators/operator_run.h"
#include "model/blocks/thin_plate_fill.h"
#include "tensor/cell_means.h"

namespace tessera::fusion {
namespace {

Tensor unshuffled(const Tensor& planes) {
  Tensor packed(4 * planes.channels(), planes.height() / 2, planes.width() / 2);
  pixel_unshuffle2(planes, packed);
  return packed;
}

/// `planes` and the first plane of `last` after them.
Tensor with_plane(const Tensor& planes, const Tensor& last) {
  Tensor joined(planes.channels() + 1, planes.height(), planes.width());
  std::copy_n(planes.data(), planes.shape().count(), joined.data());
  std::copy_n(last.data(), last.shape().plane(), joined.view().plane(planes.channels()));
  return joined;
}

Tensor filled_with_mask(const CalibrationSample& picture, int fill_steps) {
  Tensor estimate = picture.estimate.clone();
  Workspace scratch;
  if (fill_steps > 0) model::thin_plate_fill(picture.mask, fill_steps, estimate, scratch);
  return unshuffled(with_plane(estimate, picture.mask));
}

Tensor mosaic(const Tensor& samples) {
  Tensor sum(1, samples.height(), samples.width());
  for (int c = 0; c < samples.channels(); ++c)
    for (std::size_t i = 0; i < sum.shape().count(); ++i)
      sum.data()[i] += samples.view().plane(c)[i];
  return sum;
}

Tensor decimated(const Tensor& samples) {
  Tensor small(samples.channels(), samples.height() / 2, samples.width() / 2);
  for (int c = 0; c < small.channels(); ++c)
    for (int y = 0; y < small.height(); ++y)
      for (int x = 0; x < small.width(); ++x) small(c, y, x) = samples(c, 2 * y, 2 * x);
  return small;
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
      return unshuffled(mosaic(picture.samples));
    case Packing::NoisyMosaic:
      return with_mean(mosaic(picture.samples), picture.sigma);
    case Packing::Decimated:
      return decimated(picture.samples);
    case Packing::WithMask:
      return filled_with_mask(picture, fill_steps);
    case Packing::WithSigma:
      return unshuffled(with_plane(picture.samples, picture.sigma));
    case Packing::WithMean:
      return with_mean(picture.samples, picture.sigma);
    case Packing::SamplesSigma:
      return with_plane(picture.samples, picture.sigma);
  }
  return {};
}

}  // namespace tessera::fusion
