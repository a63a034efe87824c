// SPDX-License-Identifier: MIT
#include "pipeline/noise_source.h"

#include <algorithm>

#include "image/convert.h"
#include "pipeline/tile_sources.h"
#include "pipeline/tiling.h"

namespace tessera::pipeline {
namespace {

/// Copies `inside` to the top left of `target`, whose other rows and columns repeat the last ones.
void continue_to(TensorView<const float> inside, TensorView<float> target) {
  for (int c = 0; c < inside.channels(); ++c)
    for (int y = 0; y < target.height(); ++y) {
      const float* from = inside.row(c, std::min(y, inside.height() - 1));
      float* to = target.row(c, y);
      std::copy_n(from, inside.width(), to);
      std::fill(to + inside.width(), to + target.width(), from[inside.width() - 1]);
    }
}

}  // namespace

NoiseSource::NoiseSource(const Image& picture,
                         const NoiseLevel& level,
                         int planes,
                         int size_multiple)
    : picture_(picture),
      level_(level),
      shape_{planes, rounded_up(picture.height(), size_multiple),
             rounded_up(picture.width(), size_multiple)} {}

void NoiseSource::read(Region region, const ObservedPlanes& planes, Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const int known = picture_.channels();
  const auto samples = planes.samples.channels(0, known);
  const Region inside{region.top, region.left,
                      std::min(region.height, picture_.height() - region.top),
                      std::min(region.width, picture_.width() - region.left)};
  if (inside == region) {
    image::tensor_from_image(picture_, region, samples);
  } else {
    const auto part = scratch.take({known, inside.height, inside.width});
    image::tensor_from_image(picture_, inside, part);
    continue_to(part, samples);
  }
  repeat_first_plane(planes.samples, known);
  level_.read(region, planes.sigma);
  if (!planes.estimate.empty())
    std::copy_n(planes.samples.data(), planes.samples.shape().count(), planes.estimate.data());
}

}  // namespace tessera::pipeline
