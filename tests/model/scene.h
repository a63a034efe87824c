// SPDX-License-Identifier: MIT
#pragma once

#include "model/network.h"
#include "observation/sampling.h"
#include "support/compare.h"

namespace tessera::test {

/// A random observation of kind `kind`, with a first estimate.
struct Scene {
  Tensor samples, mask, estimate, sigma;

  Scene(model::ObservationKind kind, Shape shape)
      : samples(test::random_tensor(shape, 7)), mask(shape), estimate(shape) {
    if (model::is_noisy(kind))
      sigma = test::random_tensor({1, shape.height, shape.width}, 8, 0.0F, 0.3F);
    if (kind == model::ObservationKind::Noise) {
      mask = Tensor();
      estimate = samples.clone();
      return;
    }
    for (int c = 0; c < shape.channels; ++c)
      for (int y = 0; y < shape.height; ++y)
        for (int x = 0; x < shape.width; ++x) {
          bool measured = y % 2 == 0 && x % 2 == 0;
          if (kind == model::ObservationKind::Bayer || kind == model::ObservationKind::NoisyBayer)
            measured = observation::bayer_channel(BayerPattern::RGGB, y, x) == c;
          if (kind == model::ObservationKind::Mask)
            measured = base::random_uniform(5, static_cast<std::uint64_t>(y) * 1000 + x) < 0.4;
          mask(c, y, x) = measured ? 1.0F : 0.0F;
          if (!measured) samples(c, y, x) = 0.0F;
        }
    observation::pull_push_estimate(samples, mask, estimate);
    if (kind == model::ObservationKind::NoisyBayer) mask = Tensor();
  }

  /// The part of the scene under `region`.
  Scene cut(Region region) const {
    Scene part;
    for (auto [from, to] : {std::pair{&samples, &part.samples}, std::pair{&mask, &part.mask},
                            std::pair{&estimate, &part.estimate}, std::pair{&sigma, &part.sigma}}) {
      if (from->data() == nullptr) continue;
      *to = Tensor(from->channels(), region.height, region.width);
      copy_region(*from, region, *to);
    }
    return part;
  }

 private:
  Scene() = default;
};

}  // namespace tessera::test
