// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "model/network.h"
#include "random_checkpoint.h"
#include "scene.h"
#include "support/compare.h"

namespace {

using namespace tessera;

Tensor run_stage(const model::Network& network,
                 int stage,
                 const test::Scene& scene,
                 const model::Margins& margins = {}) {
  Tensor out(scene.samples.shape());
  Workspace workspace;
  network.run(stage, {scene.samples, scene.mask, scene.estimate, scene.sigma, nullptr, margins},
              out, workspace);
  return out;
}

/// Largest difference between a stage on the whole scene and on a tile of it, inside the border,
/// whether or not the network knows that nobody asks for the border.
double tile_difference(const model::Network& network, const test::Scene& scene, Region core) {
  double worst = 0.0;
  for (int stage = 0; stage < network.stage_count(); ++stage) {
    const auto needs = network.needs(stage);
    const auto down = [&](int value) { return value / needs.grid * needs.grid; };
    const int top = down(std::max(0, core.top - needs.border));
    const int left = down(std::max(0, core.left - needs.border));
    const auto up = [&](int value, int limit) {
      return std::min(limit, (value + needs.grid - 1) / needs.grid * needs.grid);
    };
    const int bottom = up(core.top + core.height + needs.border, scene.samples.height());
    const int right = up(core.left + core.width + needs.border, scene.samples.width());
    const Tensor whole = run_stage(network, stage, scene);
    const test::Scene part = scene.cut({top, left, bottom - top, right - left});
    const Shape shape{scene.samples.channels(), core.height, core.width};
    Tensor expected(shape), found(shape);
    copy_region(whole, core, expected);
    const model::Margins margins{core.top - top, core.left - left, bottom - core.top - core.height,
                                 right - core.left - core.width};
    for (const model::Margins& unasked : {model::Margins{}, margins}) {
      const Tensor tile = run_stage(network, stage, part, unasked);
      copy_region(tile, {core.top - top, core.left - left, core.height, core.width}, found);
      worst = std::max(worst, test::max_difference(expected, found));
    }
  }
  return worst;
}

void check_tiles(const model::Network& network, int side) {
  const int multiple = network.size_multiple(), step = multiple < 8 ? 24 : 32;
  const test::Scene scene(network.observation(), {network.channels(), side / multiple * multiple,
                                                  (side + 6) / multiple * multiple});
  for (const Region core : {Region{0, 0, step, step}, Region{2 * step, step, step, 2 * step},
                            Region{side / (2 * step) * step, side / (2 * step) * step, step, step}})
    CHECK(tile_difference(network, scene, core) == 0.0);
}

void check_samples_kept(const model::Network& network, Shape shape) {
  const test::Scene scene(model::ObservationKind::Bayer, shape);
  const Tensor out = run_stage(network, 0, scene);
  for (std::size_t i = 0; i < shape.count(); ++i)
    if (scene.mask.data()[i] != 0.0F) CHECK(out.data()[i] == scene.samples.data()[i]);
}

}  // namespace

TEST_SUITE("model/tile_law") {
  TEST_CASE("a tile with its border computes the same pixels as the whole image") {
    using model::ObservationKind;
    for (const auto kind :
         {ObservationKind::Bayer, ObservationKind::Decimation2, ObservationKind::Mask,
          ObservationKind::Noise, ObservationKind::NoisyBayer}) {
      const int fill_steps = kind == ObservationKind::Mask ? 5 : 0;
      const model::GraphMixtureSpec spec{kind, 3, {16, 2, {{1, 2, 3, 3}}}, {2, 4, 4}, fill_steps};
      const auto checkpoint =
          test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec));
      check_tiles(*model::make_network(checkpoint, Precision::F32), 250);
    }
    for (const auto prior : {model::GraphPrior::Glr, model::GraphPrior::Gtv})
      for (const auto kind : {ObservationKind::Bayer, ObservationKind::Noise}) {
        const model::UnrolledGraphSpec spec{prior, kind, 3, 2, 2, 4, 2, 8, 16};
        const auto checkpoint =
            test::checkpoint_of(test::unrolled_tensors(spec, 3), test::architecture_json(spec));
        check_tiles(*model::make_network(checkpoint, Precision::F32), 192);
      }
  }

  TEST_CASE("several scales keep the law, narrow and wide enough for Winograd") {
    using model::ObservationKind;
    for (const auto kind : {ObservationKind::Bayer, ObservationKind::Noise})
      for (const int width : {12, 24}) {
        // The second scale is visited early and late, the third at an end.
        const model::BackboneSpec inner{2 * width, 2, {{1, 2, 3, 2}}, 2, {{width + 4, 1}}};
        for (const int after : {0, 1, 2}) {
          const model::GraphMixtureSpec spec{
              kind, 3, {width, 2, {{1, 2, 3, 2}}, after, {inner}}, {2, 4, 2}};
          const auto checkpoint =
              test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec));
          const auto network = model::make_network(checkpoint, Precision::F32);
          CHECK(network->size_multiple() == 8);
          CHECK(network->needs(0).grid == 32);
          check_tiles(*network, 500);
        }
      }
  }

  TEST_CASE("plain convolutions, dilated and with border biases, keep the law too") {
    // 32 planes: wide enough for Winograd, whose rounding travels.
    const std::string layers =
        R"("layers":[{"out":32,"activation":"relu"},{"out":32,"activation":"prelu","border_bias":true},
           {"out":32,"dilation":3,"activation":"relu"},{"out":32,"activation":"relu"},{"out":)";
    for (const bool shuffled : {false, true}) {
      const std::string json =
          R"({"name":"conv_net","version":1,"observation":"noise","channels":3,"noise_map":true,)" +
          std::string(shuffled ? R"("shuffle":2,)" : R"("skip":"subtract",)") + layers +
          (shuffled ? "12}]}" : "3}]}");
      test::RandomTensors random(4);
      const int outputs = shuffled ? 12 : 3;
      int planes = outputs + 1;
      for (int k = 0; k < 5; ++k) {
        const int out = k < 4 ? 32 : outputs;
        random.add_conv("layers." + std::to_string(k), planes, out, 3);
        planes = out;
      }
      random.add("layers.1.slope", {32}, 0.2F, 0.2F);
      random.add("layers.1.border_bias", {32, 3, 3}, 0.2F);
      const auto network =
          model::make_network(test::checkpoint_of(random.tensors, json), Precision::F32);
      check_tiles(*network, 250);
      CHECK(network->size_multiple() == (shuffled ? 2 : 1));
    }
  }

  TEST_CASE("windows of attention are anchored to the picture, not to the tile") {
    using model::ObservationKind;
    for (const auto kind : {ObservationKind::Bayer, ObservationKind::Noise})
      for (const int window : {4, 6})
        for (const bool depthwise : {true, false}) {
          const model::TransformerSpec spec{.observation = kind,
                                            .width = 24,
                                            .blocks = 3,
                                            .heads = 2,
                                            .window = window,
                                            .hidden = 20,
                                            .depthwise = depthwise};
          const auto checkpoint = test::checkpoint_of(test::transformer_tensors(spec, 3),
                                                      test::architecture_json(spec));
          const auto network = model::make_network(checkpoint, Precision::F32);
          check_tiles(*network, 250);
          CHECK(network->needs(0).border <= 2 * (4 * window + 4));
        }
  }

  TEST_CASE("measured samples come back exactly, at every size down to two pixels") {
    const model::GraphMixtureSpec spec{
        model::ObservationKind::Bayer, 3, {16, 1, {{1, 2, 3, 3}}}, {2, 4, 4}};
    const auto checkpoint =
        test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec));
    const auto network = model::make_network(checkpoint, Precision::F32);
    for (const Shape shape : {Shape{3, 2, 2}, Shape{3, 2, 40}, Shape{3, 18, 2}, Shape{3, 22, 26}})
      check_samples_kept(*network, shape);

    model::GraphMixtureSpec scales = spec;
    scales.backbone.inner = {{20, 1, {}, 1, {{24, 1}}}};
    const auto coarser =
        test::checkpoint_of(test::mixture_tensors(scales, 3), test::architecture_json(scales));
    const auto deep = model::make_network(coarser, Precision::F32);
    for (const Shape shape : {Shape{3, 8, 8}, Shape{3, 8, 40}, Shape{3, 24, 8}})
      check_samples_kept(*deep, shape);
  }
}
