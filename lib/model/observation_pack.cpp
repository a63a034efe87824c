// SPDX-License-Identifier: MIT
#include "model/observation_pack.h"

#include <algorithm>

#include "model/thin_plate_fill.h"

namespace tessera::model {
namespace {

/// `planes` and the first plane of `last`, one behind the other.
TensorView<float> joined(TensorView<const float> planes,
                         TensorView<const float> last,
                         Workspace& scratch) {
  const Shape shape = planes.shape();
  const auto all = scratch.take({shape.channels + 1, shape.height, shape.width});
  std::copy_n(planes.data(), shape.count(), all.data());
  std::copy_n(last.data(), shape.plane(), all.plane(shape.channels));
  return all;
}

}  // namespace

int packed_planes(ObservationKind kind, int channels) {
  switch (kind) {
    case ObservationKind::Bayer:
      return 4;
    case ObservationKind::Decimation2:
      return channels;
    case ObservationKind::Mask:
    case ObservationKind::Noise:
      return 4 * (channels + 1);
  }
  return 0;
}

void pack_observation(ObservationKind kind,
                      const Observed& in,
                      TensorView<float> packed,
                      Workspace& scratch,
                      int fill_steps) {
  const WorkspaceScope scope(scratch);
  const Shape full = in.samples.shape();
  switch (kind) {
    case ObservationKind::Bayer: {
      // Missing samples are zero, so the sum over colours is the mosaic.
      const auto mosaic = scratch.take({1, full.height, full.width});
      for (std::size_t i = 0; i < full.plane(); ++i)
        mosaic.data()[i] = in.samples.plane(0)[i] + in.samples.plane(1)[i] + in.samples.plane(2)[i];
      pixel_unshuffle2(mosaic, packed);
      return;
    }
    case ObservationKind::Decimation2:
      for (int c = 0; c < packed.channels(); ++c)
        for (int y = 0; y < packed.height(); ++y)
          for (int x = 0; x < packed.width(); ++x) packed(c, y, x) = in.samples(c, 2 * y, 2 * x);
      return;
    case ObservationKind::Mask: {
      const auto all = joined(in.estimate, in.mask, scratch);
      thin_plate_fill(in.mask, fill_steps, all.channels(0, full.channels), scratch);
      pixel_unshuffle2(all, packed);
      return;
    }
    case ObservationKind::Noise:
      pixel_unshuffle2(joined(in.samples, in.sigma, scratch), packed);
      return;
  }
}

}  // namespace tessera::model
