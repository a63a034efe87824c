// SPDX-License-Identifier: MIT
#include "analysis/inspection.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "../model/random_checkpoint.h"
#include "analysis/filters/influence.h"
#include "observation/sampling.h"
#include "planes.h"

namespace {

using namespace tessera;
using model::ObservationKind;

constexpr float kNoise = 30.0F / 255.0F;

std::unique_ptr<model::Network> mixture() {
  const model::GraphMixtureSpec spec{ObservationKind::Bayer, 3, {16, 2, {{1, 2, 3, 3}}}, {2, 4, 4}};
  return model::make_network(
      test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec)),
      Precision::F32);
}

std::unique_ptr<model::Network> unrolled(model::GraphPrior prior) {
  const model::UnrolledGraphSpec spec{prior, ObservationKind::Bayer, 3, 2, 2, 4, 2, 8, 16};
  return model::make_network(
      test::checkpoint_of(test::unrolled_tensors(spec, 3), test::architecture_json(spec)),
      Precision::F32);
}

analysis::NetworkScene scene_of(const model::Network& network, int height, int width) {
  Tensor samples = test::smooth_planes({3, height, width}, 5, 2), mask(3, height, width);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        mask(c, y, x) = observation::bayer_channel(BayerPattern::RGGB, y, x) == c ? 1.0F : 0.0F;
        samples(c, y, x) *= mask(c, y, x);
      }
  return {network, std::move(samples), std::move(mask)};
}

std::unique_ptr<model::Network> denoiser() {
  const model::GraphMixtureSpec spec{ObservationKind::Noise, 3, {16, 2, {{1, 2, 3, 3}}}, {2, 4, 4}};
  return model::make_network(
      test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec)),
      Precision::F32);
}

/// Three scales, a feature graph in the middle one.
std::unique_ptr<model::Network> scales(ObservationKind kind) {
  const model::GraphMixtureSpec spec{
      kind, 3, {16, 1, {}, 1, {{12, 1, {{0, 2, 3, 2}}, 1, {{20, 1}}}}}, {2, 4, 2}};
  return model::make_network(
      test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec)),
      Precision::F32);
}

std::unique_ptr<model::Network> transformer(ObservationKind kind) {
  const model::TransformerSpec spec{
      .observation = kind, .width = 12, .blocks = 2, .heads = 2, .window = 4, .hidden = 16};
  return model::make_network(
      test::checkpoint_of(test::transformer_tensors(spec, 3), test::architecture_json(spec)),
      Precision::F32);
}

/// A picture with white noise of 30 of 255, and a level that the network is told.
analysis::NetworkScene noisy_scene(const model::Network& network,
                                   int height,
                                   int width,
                                   float told = kNoise) {
  Tensor samples = test::smooth_planes({3, height, width}, 5, 2);
  const Tensor noise = analysis::white_noise(samples.shape(), 9);
  for (std::size_t i = 0; i < samples.shape().count(); ++i)
    samples.data()[i] += kNoise * noise.data()[i];
  return analysis::NetworkScene::noisy(network, std::move(samples),
                                       test::constant_tensor({1, height, width}, told));
}

analysis::InspectionRequest everything() {
  analysis::InspectionRequest request;
  request.effort = {.probes = 1, .bins = 8, .seed = 1};
  request.pde = request.information = true;
  request.influence_radius = 1;
  return request;
}

}  // namespace

TEST_SUITE("analysis/inspection") {
  TEST_CASE("every network that runs is told completely, with finite numbers and the same result") {
    for (const auto& network :
         {mixture(), unrolled(model::GraphPrior::Glr), unrolled(model::GraphPrior::Gtv)}) {
      auto scene = scene_of(*network, 40, 44);
      auto request = everything();
      request.points = {{"middle", 20, 20}};
      const Tensor plain = scene.restore(scene.samples());
      const auto inspection = analysis::inspect_scene(scene, request);
      CHECK(test::max_difference(inspection.result, plain) == 0.0);
      CHECK(inspection.network.finite);
      CHECK(inspection.graphs.size() == 4);
      const std::size_t filters = network->stage_count() == 1 ? 4 : 8;
      CHECK(inspection.filters.size() == filters);
      for (const auto& filter : inspection.filters) {
        CHECK(filter.symmetry_defect < 1e-6);
        CHECK(filter.iterations.residual.size() == filter.iterations.energy.size());
        CHECK(std::isfinite(filter.realised.dc));
      }
      for (const auto& graph : inspection.graphs) {
        CHECK(graph.entropy.mean <= graph.entropy_limit + 1e-6);
        CHECK(graph.entropy.mean > 0.0);
      }
      CHECK(inspection.steps.size() >= 2);
      for (const auto& step : inspection.steps) {
        REQUIRE(step.pde.has_value());
        CHECK(std::isfinite(step.pde->fit.r2));
      }
      CHECK(inspection.influences.size() == 1);
      CHECK(inspection.influences.front().total > 0.0);
      CHECK_FALSE(inspection.information.empty());
    }
  }

  TEST_CASE("a denoiser sees the noisy picture and its level, and is told the error to expect") {
    const auto network = denoiser();
    auto scene = noisy_scene(*network, 40, 44);
    CHECK(test::max_difference(scene.estimate(scene.samples()), scene.samples()) == 0.0);
    // The level reaches the network: another one gives another result.
    const Tensor restored = scene.restore(scene.samples());
    auto told_weaker = noisy_scene(*network, 40, 44, 0.5F * kNoise);
    CHECK(test::max_difference(told_weaker.restore(scene.samples()), restored) > 1e-4);
    auto request = everything();
    request.sure_sigma = kNoise;
    const auto inspection = analysis::inspect_scene(scene, request);
    CHECK(test::max_difference(inspection.result, restored) == 0.0);
    REQUIRE(inspection.network.sure.has_value());
    const auto sure = analysis::sure_of(scene.restore_map(), scene.samples(), kNoise,
                                        request.effort.probes, request.effort.seed);
    CHECK(inspection.network.sure->mse == sure.mse);
    CHECK(inspection.graphs.size() == 4);
  }

  TEST_CASE("a part of a noisy scene keeps its level") {
    const auto network = denoiser();
    const auto part = noisy_scene(*network, 40, 44).part({10, 12, 20, 22});
    CHECK(test::max_difference(part.sigma(), test::constant_tensor({1, 20, 22}, kNoise)) == 0.0);
  }

  TEST_CASE("every half of a transformer block is a step of the features") {
    for (const auto kind : {ObservationKind::Bayer, ObservationKind::Noise}) {
      const auto network = transformer(kind);
      auto scene = kind == ObservationKind::Noise ? noisy_scene(*network, 40, 44)
                                                  : scene_of(*network, 40, 44);
      const auto inspection = analysis::inspect_scene(scene, everything());
      std::vector<std::string> layers, on_the_picture;
      for (const auto& step : inspection.steps)
        (step.stream == "features" ? layers : on_the_picture).push_back(step.layer);
      CHECK(layers == std::vector<std::string>{"blocks.0.attention", "blocks.0.mlp",
                                               "blocks.1.attention", "blocks.1.mlp"});
      // A denoiser keeps no samples; each change of the picture is told once.
      CHECK(on_the_picture == (kind == ObservationKind::Noise
                                   ? std::vector<std::string>{"tail"}
                                   : std::vector<std::string>{"tail", "samples"}));
      CHECK(inspection.graphs.empty());
      REQUIRE(inspection.attention.size() == 4);
      for (const auto& head : inspection.attention) {
        CHECK(head.rows.entropy.mean > 0.0);
        CHECK(head.rows.entropy.mean < head.rows.entropy_limit);
      }
      // The fit of a step with attention has its term, or tells into which it was merged.
      for (const auto& step : inspection.steps) {
        if (step.layer.find("attention") == std::string::npos) continue;
        REQUIRE(step.pde.has_value());
        const auto& terms = step.pde->terms;
        CHECK((std::count(terms.begin(), terms.end(), "attention") == 1 ||
               !step.pde->merged.empty()));
      }
    }
  }

  TEST_CASE("every scale is a stream of its own, of clean mosaics and of noisy ones") {
    for (const auto kind : {ObservationKind::Bayer, ObservationKind::NoisyBayer}) {
      const auto network = scales(kind);
      auto scene = kind == ObservationKind::Bayer ? scene_of(*network, 48, 56)
                                                  : noisy_scene(*network, 48, 56);
      auto request = everything();
      request.points = {{"middle", 20, 21}, {"corner", 47, 55}};
      const auto inspection = analysis::inspect_scene(scene, request);
      std::map<std::string, std::vector<std::string>> layers;
      for (const auto& step : inspection.steps) {
        layers[step.stream].push_back(step.layer);
        CHECK(std::isfinite(step.increment));
        CHECK(step.increment > 0.0);
      }
      using Layers = std::vector<std::string>;
      CHECK(layers["features"] == Layers{"blocks.0", "inner.up"});
      CHECK(layers["inner.features"] ==
            Layers{"inner.feature_graphs.0", "inner.blocks.0", "inner.inner.up"});
      CHECK(layers["inner.inner.features"] == Layers{"inner.inner.blocks.0"});
      CHECK(inspection.graphs.size() == 4);
      CHECK(inspection.graphs.front().scale == 4);
      CHECK(inspection.network.finite);
      REQUIRE(inspection.influences.size() == 2);
      for (const auto& influence : inspection.influences) CHECK(influence.total > 0.0);
    }
  }

  TEST_CASE("a picture of one pixel at the coarsest scale is no fault") {
    const auto network = scales(ObservationKind::Bayer);
    auto scene = scene_of(*network, 8, 8);
    CHECK(analysis::inspect_scene(scene, everything()).network.finite);
  }

  TEST_CASE("the smallest pictures and single rows of pairs are no fault") {
    const auto network = mixture();
    for (const auto& [height, width] : {std::pair{2, 2}, std::pair{2, 30}, std::pair{18, 2}}) {
      auto scene = scene_of(*network, height, width);
      const auto inspection = analysis::inspect_scene(scene, everything());
      CHECK(inspection.network.finite);
      CHECK(inspection.steps.size() == 5);
    }
  }

  TEST_CASE("a first estimate that is linear has the influence of its own weights") {
    // Around a measured pixel of the same colour nothing else counts.
    const auto network = mixture();
    auto scene = scene_of(*network, 60, 60);
    const auto influence = analysis::influence_at(scene, {"p", 30, 30}, 1);
    CHECK(influence.window(0, 1, 1) > 0.99F);  // red at (30, 30) is kept exactly
  }

  TEST_CASE("telling points: the flat part, the straight edge, the corner") {
    Tensor picture(1, 60, 60);
    for (int y = 0; y < 60; ++y)
      for (int x = 0; x < 60; ++x) {
        if (y < 30 && x >= 40) picture(0, y, x) = 1.0F;  // a straight edge
        if (y >= 36 && x < 30) picture(0, y, x) = (x / 3 + y / 3) % 2 ? 1.0F : 0.0F;  // texture
      }
    const auto points = analysis::telling_points(picture, 8);
    REQUIRE(points.size() == 3);
    CHECK(points[0].name == "flat");
    CHECK(std::abs(points[1].x - 40) <= 4);
    CHECK(points[1].y < 34);
    CHECK(points[2].y >= 36 - 4);
    CHECK(points[2].x < 30 + 4);
    CHECK(analysis::telling_points(Tensor(1, 4, 4), 8).empty());
  }

  TEST_CASE("roughness is 0 for constants, and lambda / 2 for a wave, whatever its height") {
    CHECK(analysis::roughness(test::constant_tensor({2, 5, 6}, 0.3F)) == 0.0);
    const double pi = std::acos(-1.0);
    for (const double height : {0.1, 2.0}) {
      Tensor wave(1, 1, 32);
      for (int x = 0; x < 32; ++x)
        wave(0, 0, x) = static_cast<float>(height * std::cos(pi * 4 * (x + 0.5) / 32));
      const double lambda = 2.0 - 2.0 * std::cos(pi * 4 / 32);
      CHECK(analysis::roughness(wave) == doctest::Approx(lambda / 2.0).epsilon(1e-5));
    }
  }

  TEST_CASE("participation is C for independent channels and 1 for copies of one") {
    const Tensor noise = analysis::white_noise({6, 64, 64}, 1);
    CHECK(analysis::participation_ratio(noise) == doctest::Approx(6.0).epsilon(0.02));
    Tensor copies(6, 64, 64);
    for (int c = 0; c < 6; ++c)
      std::copy_n(noise.data(), noise.shape().plane(), copies.view().plane(c));
    CHECK(analysis::participation_ratio(copies) == doctest::Approx(1.0).epsilon(1e-6));
  }
}
