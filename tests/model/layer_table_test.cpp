// SPDX-License-Identifier: MIT
#include "model/architecture/layer_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "model/network.h"
#include "observation/sampling.h"
#include "random_checkpoint.h"
#include "support/compare.h"

namespace {

using namespace tessera;
using model::GraphMixtureSpec;
using model::ObservationKind;
using model::UnrolledGraphSpec;

std::vector<LayerFacts> table_of(const Checkpoint& checkpoint) {
  return model::layer_table(
      model::architecture_from_json(checkpoint.metadata("tessera.architecture"), "test"),
      checkpoint);
}

Checkpoint mixture() {
  const GraphMixtureSpec spec{ObservationKind::Bayer, 3, {16, 2, {{1, 2, 3, 3}}}, {2, 4, 4}};
  return test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec));
}

/// Three scales, a feature graph in the middle one.
Checkpoint scales() {
  const GraphMixtureSpec spec{ObservationKind::Bayer,
                              3,
                              {16, 2, {}, 1, {{12, 2, {{1, 2, 3, 2}}, 1, {{20, 1}}}}},
                              {2, 4, 2}};
  return test::checkpoint_of(test::mixture_tensors(spec, 3), test::architecture_json(spec));
}

Checkpoint unrolled(model::GraphPrior prior) {
  const UnrolledGraphSpec spec{prior, ObservationKind::Bayer, 3, 1, 2, 4, 2, 8, 16};
  return test::checkpoint_of(test::unrolled_tensors(spec, 3), test::architecture_json(spec));
}

Checkpoint transformer(bool depthwise) {
  const model::TransformerSpec spec{.observation = ObservationKind::Bayer,
                                    .width = 16,
                                    .blocks = 3,
                                    .heads = 2,
                                    .window = 4,
                                    .hidden = 24,
                                    .depthwise = depthwise};
  return test::checkpoint_of(test::transformer_tensors(spec, 3), test::architecture_json(spec));
}

constexpr double kRounding = 1e-5;  // of a network in fp32, relative

/// How far the result changes when a red sample near the middle of the observation does, `offset`
/// from a corner of a cell of the coarsest scale; the first estimate, which is no layer, is left as
/// it is. Rounding is no change: by Winograd's tiles it reaches farther than values do.
int seen_distance(const model::Network& network, int side, int offset) {
  const int multiple = network.size_multiple();
  side = (side + multiple - 1) / multiple * multiple;
  const Shape shape{3, side, side};
  Tensor samples = test::random_tensor(shape, 7), mask(shape), estimate(shape);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x) {
        mask(c, y, x) = observation::bayer_channel(BayerPattern::RGGB, y, x) == c ? 1.0F : 0.0F;
        if (mask(c, y, x) == 0.0F) samples(c, y, x) = 0.0F;
      }
  observation::bilinear_estimate(samples, mask, estimate);
  const int middle = side / (2 * multiple) * multiple + offset;
  Tensor before(shape), after(shape);
  Workspace scratch;
  network.run(0, {samples, mask, estimate}, before, scratch);
  samples(0, middle, middle) += 4.0F;
  estimate(0, middle, middle) += 4.0F;
  network.run(0, {samples, mask, estimate}, after, scratch);
  const double rounding = kRounding * test::max_difference(before, Tensor(shape));
  int distance = 0;
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        if (std::abs(before(c, y, x) - after(c, y, x)) > rounding)
          distance = std::max({distance, std::abs(y - middle), std::abs(x - middle)});
  return distance;
}

}  // namespace

TEST_SUITE("model/layer_table") {
  TEST_CASE("the layers' parameters are all there are") {
    for (const Checkpoint& checkpoint :
         {mixture(), scales(), unrolled(model::GraphPrior::Glr), unrolled(model::GraphPrior::Gtv),
          transformer(true), transformer(false)}) {
      std::int64_t in_tensors = 0, in_table = 0;
      for (const std::string& name : checkpoint.tensor_names())
        in_tensors += static_cast<std::int64_t>(checkpoint.read(name).size());
      for (const LayerFacts& layer : table_of(checkpoint)) in_table += layer.parameters;
      CHECK(in_table == in_tensors);
    }
  }

  TEST_CASE("a result depends on nothing outside its receptive radius, and on something near it") {
    for (const Checkpoint& checkpoint :
         {mixture(), scales(), unrolled(model::GraphPrior::Glr), unrolled(model::GraphPrior::Gtv),
          transformer(true), transformer(false)}) {
      const int radius = model::receptive_radius(table_of(checkpoint));
      const auto network = model::make_network(checkpoint, Precision::F32);
      int seen = 0;
      for (int offset = 0; offset < network->size_multiple(); offset += 2)
        seen = std::max(seen, seen_distance(*network, 2 * radius + 24, offset));
      CHECK(seen <= radius);
      CHECK(seen > radius / 3);
    }
  }

  TEST_CASE("attention costs four matrices and two products with the keys of a window") {
    const auto layers = table_of(transformer(true));
    REQUIRE(layers.size() == 9);
    CHECK(layers[1].name == "blocks.0.attention");
    CHECK(layers[1].macs_per_pixel == (4 * 16 * 16 + 2 * 16 * 16) / 4.0);
    CHECK(layers[2].name == "blocks.0.mlp");
    CHECK(layers[2].macs_per_pixel == (2 * 16 * 24 + 9 * 24) / 4.0);
  }

  TEST_CASE("coarser scales cost less a pixel and reach farther") {
    std::map<std::string, LayerFacts> layers;
    for (const LayerFacts& layer : table_of(scales())) layers[layer.name] = layer;
    CHECK(layers.at("inner.blocks.0.conv1").macs_per_pixel == 12.0 * 12.0 * 9.0 / 16.0);
    CHECK(layers.at("inner.blocks.0.conv1").radius == 4);
    CHECK(layers.at("inner.inner.blocks.0.conv2").radius == 8);
    CHECK(layers.at("inner.down").macs_per_pixel == 16.0 * 12.0 * 4.0 / 16.0);
    CHECK(layers.at("inner.down").radius == 2);
    CHECK(layers.at("inner.up").macs_per_pixel == 12.0 * 16.0 / 4.0);
    CHECK(layers.at("inner.up").inputs == 12);
    CHECK(layers.at("inner.up").outputs == 16);
    CHECK(layers.at("inner.feature_graphs.0").scale == 4);
  }

  TEST_CASE("a convolution at half size costs a quarter a pixel") {
    const auto layers = table_of(mixture());
    const auto conv = std::find_if(layers.begin(), layers.end(), [](const LayerFacts& layer) {
      return layer.name == "blocks.0.conv1";
    });
    REQUIRE(conv != layers.end());
    CHECK(conv->macs_per_pixel == 16.0 * 16.0 * 9.0 / 4.0);
    CHECK(conv->radius == 2);
    CHECK(conv->scale == 2);
  }
}
