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

/// The planes R, G, G, B. Missing samples are zero, so that the sum over colours is the mosaic.
void pack_mosaic(TensorView<const float> samples, TensorView<float> packed, Workspace& scratch) {
  const WorkspaceScope scope(scratch);
  const auto mosaic = scratch.take({1, samples.height(), samples.width()});
  for (std::size_t i = 0; i < samples.shape().plane(); ++i)
    mosaic.data()[i] = samples.plane(0)[i] + samples.plane(1)[i] + samples.plane(2)[i];
  pixel_unshuffle2(mosaic, packed);
}

/// The mean over each 2x2 cell.
void pack_mean(TensorView<const float> plane, TensorView<float> packed) {
  for (int y = 0; y < packed.height(); ++y) {
    const float *upper = plane.row(0, 2 * y), *lower = plane.row(0, 2 * y + 1);
    for (int x = 0; x < packed.width(); ++x)
      packed(0, y, x) = 0.25F * (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1]);
  }
}

}  // namespace

int packed_planes(ObservationKind kind, int channels) {
  switch (kind) {
    case ObservationKind::Bayer:
      return 4;
    case ObservationKind::NoisyBayer:
      return 5;
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
    case ObservationKind::Bayer:
      pack_mosaic(in.samples, packed, scratch);
      return;
    case ObservationKind::NoisyBayer:
      pack_mosaic(in.samples, packed.channels(0, 4), scratch);
      pack_mean(in.sigma, packed.channels(4, 1));
      return;
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
