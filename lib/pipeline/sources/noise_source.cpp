// SPDX-License-Identifier: MIT
#include "pipeline/sources/noise_source.h"

#include "pipeline/sources/tile_sources.h"

namespace tessera::pipeline {
NoiseSource::NoiseSource(const Image& picture,
                         const NoiseLevel& level,
                         int planes,
                         Extension extension)
    : picture_(picture),
      level_(level),
      planes_(planes),
      frame_(PictureFrame::about_edge(picture, extension)) {}

void NoiseSource::read(Region region, const ObservedPlanes& planes, Workspace& scratch) const {
  const WorkspaceScope scope(scratch);
  const int known = picture_.channels();
  read_mirrored(picture_, frame_, region, planes.samples.channels(0, known), scratch);
  repeat_first_plane(planes.samples, known);
  level_.read({region.top - frame_.top, region.left - frame_.left, region.height, region.width},
              planes.sigma);
  if (!planes.estimate.empty()) paste_region(planes.samples, planes.estimate, 0, 0);
}

}  // namespace tessera::pipeline
