// SPDX-License-Identifier: MIT
#include "pipeline/tiles/noise_source.h"

#include <algorithm>

#include "pipeline/tiles/tile_sources.h"

namespace tessera::pipeline {
NoiseSource::NoiseSource(const Image& picture,
                         const NoiseLevel& level,
                         int planes,
                         int size_multiple)
    : picture_(picture),
      level_(level),
      planes_(planes),
      frame_(MirroredFrame::around(picture.height(), picture.width(), 0, 0, size_multiple)) {
  frame_.mirror = Mirror::AboutEdge;
}

void NoiseSource::read(Region region, const ObservedPlanes& planes, Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const int known = picture_.channels();
  read_mirrored(picture_, frame_, region, planes.samples.channels(0, known), scratch);
  repeat_first_plane(planes.samples, known);
  level_.read(region, planes.sigma);
  if (!planes.estimate.empty())
    std::copy_n(planes.samples.data(), planes.samples.shape().count(), planes.estimate.data());
}

}  // namespace tessera::pipeline
