// SPDX-License-Identifier: MIT
#include "model/blocks/observation_pack.h"

#include "base/threads/threads_inside.h"
#include "model/blocks/thin_plate_fill.h"
#include "tensor/cell_means.h"

namespace tessera::model {
namespace {

/// The mosaic (1, H, W). Missing samples are zero, so that it is the sum over colours.
TensorView<float> mosaic_of(TensorView<const float> samples, Workspace& scratch) {
  const auto mosaic = scratch.take({1, samples.height(), samples.width()});
  base::for_each_inside(mosaic.height(), [&](int y) {
    const float *red = samples.row(0, y), *green = samples.row(1, y), *blue = samples.row(2, y);
    float* const sum = mosaic.row(0, y);
    for (int x = 0; x < mosaic.width(); ++x) sum[x] = red[x] + green[x] + blue[x];
  });
  return mosaic;
}

/// Every second pixel of every second row.
void pack_decimated(TensorView<const float> samples, TensorView<float> packed) {
  base::for_each_inside(packed.channels() * packed.height(), [&](int row) {
    const int c = row / packed.height(), y = row % packed.height();
    const float* const measured = samples.row(c, 2 * y);
    float* const out = packed.row(c, y);
    for (int x = 0; x < packed.width(); ++x) out[x] = measured[2 * x];
  });
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

nn::FeatureMap pack_observation(ObservationKind kind,
                                const Observed& in,
                                Workspace& scratch,
                                int fill_steps) {
  const WorkspaceScope scope(scratch);
  const Shape full = in.samples.shape();
  const auto planes = [&] {
    return scratch.take({packed_planes(kind, full.channels), full.height / 2, full.width / 2});
  };
  nn::FeatureMap packed;
  switch (kind) {
    case ObservationKind::Bayer:
      packed.assign_cells(mosaic_of(in.samples, scratch));
      break;
    case ObservationKind::NoisyBayer: {
      const auto all = planes();
      pixel_unshuffle2(mosaic_of(in.samples, scratch), all.channels(0, 4));
      cell_means(in.sigma, all.channels(4, 1));
      packed.assign(all);
      break;
    }
    case ObservationKind::Decimation2: {
      const auto all = planes();
      pack_decimated(in.samples, all);
      packed.assign(all);
      break;
    }
    case ObservationKind::Mask: {
      const auto filled = scratch.take(full);
      thin_plate_fill(in.estimate, in.mask, fill_steps, filled, scratch);
      packed.assign_cells(filled, in.mask.channels(0, 1));
      break;
    }
    case ObservationKind::Noise:
      packed.assign_cells(in.samples, in.sigma.channels(0, 1));
      break;
  }
  return packed;
}

}  // namespace tessera::model
