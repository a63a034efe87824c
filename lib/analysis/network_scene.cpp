// SPDX-License-Identifier: MIT
#include "analysis/network_scene.h"

#include <algorithm>
#include <utility>

#include "observation/sampling.h"

namespace tessera::analysis {

NetworkScene::NetworkScene(const model::Network& network, Tensor samples, Tensor mask)
    : network_(network), samples_(std::move(samples)), mask_(std::move(mask)) {
  TESSERA_ASSERT(samples_.shape() == mask_.shape());
}

NetworkScene NetworkScene::noisy(const model::Network& network, Tensor samples, Tensor sigma) {
  TESSERA_ASSERT((sigma.shape() == Shape{1, samples.height(), samples.width()}));
  const bool mosaic = network.observation() == model::ObservationKind::NoisyBayer;
  Tensor known(samples.shape());
  for (int c = 0; c < known.channels(); ++c)
    for (int y = 0; y < known.height(); ++y)
      for (int x = 0; x < known.width(); ++x)
        if (!mosaic || observation::bayer_channel(BayerPattern::RGGB, y, x) == c)
          known(c, y, x) = 1.0F;
  NetworkScene scene(network, std::move(samples), std::move(known));
  scene.sigma_ = std::move(sigma);
  return scene;
}

Tensor NetworkScene::estimate(TensorView<const float> samples) const {
  Tensor estimate(shape());
  if (network_.observation() == model::ObservationKind::Noise)
    std::copy_n(samples.data(), shape().count(), estimate.data());
  else if (network_.observation() == model::ObservationKind::Mask)
    observation::pull_push_estimate(samples, mask_, estimate);
  else
    observation::bilinear_estimate(samples, mask_, estimate);
  return estimate;
}

Tensor NetworkScene::restore(TensorView<const float> samples, model::Trace* trace) {
  Tensor kept(shape());
  for (std::size_t i = 0; i < shape().count(); ++i)
    kept.data()[i] = mask_.data()[i] * samples.data()[i];
  Tensor before = estimate(kept), after(shape());
  model::trace_state(trace, "image", 1, before);
  for (int stage = 0; stage < network_.stage_count(); ++stage) {
    model::Observed observed{.samples = kept, .mask = mask_, .estimate = before, .trace = trace};
    if (sigma_.shape().count() > 0) observed.mask = {}, observed.sigma = sigma_;
    network_.run(stage, observed, after, scratch_);
    model::trace_state(trace, "image", 1, after);
    std::swap(before, after);
  }
  return before;
}

PlaneMap NetworkScene::restore_map() {
  return [this](TensorView<const float> in, TensorView<float> out) {
    const Tensor restored = restore(in);
    std::copy_n(restored.data(), restored.shape().count(), out.data());
  };
}

NetworkScene NetworkScene::part(Region region) const {
  const Shape size{samples_.channels(), region.height, region.width};
  Tensor samples(size), mask(size);
  copy_region(samples_, region, samples);
  copy_region(mask_, region, mask);
  NetworkScene scene(network_, std::move(samples), std::move(mask));
  if (sigma_.shape().count() == 0) return scene;
  scene.sigma_ = Tensor(1, region.height, region.width);
  copy_region(sigma_, region, scene.sigma_);
  return scene;
}

}  // namespace tessera::analysis
