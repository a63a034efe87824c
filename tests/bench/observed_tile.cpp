// SPDX-License-Identifier: MIT
#include "bench/observed_tile.h"

#include <algorithm>

#include "observation/sampling.h"
#include "support/compare.h"

namespace tessera::bench {
namespace {

using model::ObservationKind;

bool is_measured(ObservationKind kind, int channel, int y, int x) {
  switch (kind) {
    case ObservationKind::Bayer:
    case ObservationKind::NoisyBayer:
      return channel % 3 == observation::bayer_channel(BayerPattern::RGGB, y, x);
    case ObservationKind::Decimation2:
      return y % 2 == 0 && x % 2 == 0;
    case ObservationKind::Noise:
      return true;
    case ObservationKind::Mask:
      return base::random_uniform(3, static_cast<std::uint64_t>(y) * 65536 + x) < 0.2;
  }
  return false;
}

}  // namespace

ObservedTile::ObservedTile(const model::Network& network, int side)
    : samples(test::random_tensor({network.channels(), side, side}, 1)),
      mask(network.channels(), side, side),
      estimate(network.channels(), side, side),
      out(network.channels(), side, side) {
  for (int c = 0; c < network.channels(); ++c)
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x) {
        mask(c, y, x) = is_measured(network.observation(), c, y, x) ? 1.0F : 0.0F;
        samples(c, y, x) *= mask(c, y, x);
      }
  if (model::is_noisy(network.observation()))
    sigma = test::constant_tensor({1, side, side}, 25.0F / 255.0F);
  if (network.observation() == ObservationKind::Noise) {
    std::copy_n(samples.data(), samples.shape().count(), estimate.data());
  } else if (network.observation() == ObservationKind::Mask) {
    observation::pull_push_estimate(samples, mask, estimate);
  } else {
    observation::bilinear_estimate(samples, mask, estimate);
  }
}

model::Observed ObservedTile::observed(TensorView<const float> current, model::Trace* trace) const {
  const bool noisy = sigma.shape().count() > 0;
  return {.samples = samples,
          .mask = mask,
          .estimate = current,
          .sigma = noisy ? sigma.view() : TensorView<const float>{},
          .trace = trace};
}

void run_all_stages(const model::Network& network,
                    ObservedTile& tile,
                    Workspace& scratch,
                    model::Trace* trace) {
  network.run(0, tile.observed(tile.estimate, trace), tile.out, scratch);
  for (int stage = 1; stage < network.stage_count(); ++stage) {
    const Tensor before = tile.out.clone();
    network.run(stage, tile.observed(before, trace), tile.out, scratch);
  }
}

}  // namespace tessera::bench
