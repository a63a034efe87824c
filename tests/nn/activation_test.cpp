// SPDX-License-Identifier: MIT
#include "nn/activation.h"

#include <doctest/doctest.h>

#include "judge.h"
#include "nn/engine.h"

using namespace tessera;

namespace {

Tensor expected_prelu(Tensor planes, const std::vector<float>& slopes) {
  for (int c = 0; c < planes.channels(); ++c)
    for (float& x : std::span(planes.view().plane(c), planes.shape().plane()))
      x = x < 0.0F ? x * slopes[c] : x;
  return planes;
}

std::vector<float> random_slopes(int channels) {
  std::vector<float> slopes(channels);
  for (int c = 0; c < channels; ++c)
    slopes[c] = static_cast<float>(base::random_uniform(8, c)) - 0.25F;
  return slopes;
}

}  // namespace

TEST_SUITE("nn/activation") {
  TEST_CASE("prelu equals its definition in every layout") {
    for (const int channels : {1, 4, 12, 16, 20, 48})
      for (const auto& [height, width] : {std::pair{1, 1}, {1, 9}, {7, 1}, {13, 17}, {90, 200}}) {
        Tensor planes = test::random_tensor({channels, height, width}, 3, -1.0F, 1.0F);
        const auto slopes = random_slopes(channels);
        nn::FeatureMap map = test::map_of(planes);
        nn::prelu(map, slopes);
        CHECK(test::max_difference(expected_prelu(std::move(planes), slopes),
                                   test::planes_of(map)) == 0.0);
      }
  }

  TEST_CASE("prelu of a bf16 map rounds once") {
    if (!nn::has_native_bf16()) {
      MESSAGE("SKIPPED: no processor with bf16");
      return;
    }
    const nn::ConvSpec spec{
        .in_channels = 16, .out_channels = 20, .algorithm = nn::ConvAlgorithm::Bf16};
    nn::FeatureMap map;
    test::ConvWeights(spec).make(spec).forward(
        test::map_of(test::random_tensor({16, 9, 7}, 3, -1.0F, 1.0F)), map);
    Tensor before = test::planes_of(map);
    const auto slopes = random_slopes(20);
    nn::prelu(map, slopes);
    const Tensor expected = expected_prelu(std::move(before), slopes);
    const Tensor found = test::planes_of(map);
    for (std::size_t i = 0; i < found.shape().count(); ++i)
      CHECK(std::abs(found.data()[i] - expected.data()[i]) <=
            std::abs(expected.data()[i]) / 256.0F);  // half a unit in the last of 8 bits
  }

  TEST_CASE("NaN passes through prelu") {
    nn::FeatureMap map = test::map_of(test::constant_tensor({16, 2, 2}, NAN));
    nn::prelu(map, std::vector<float>(16, 0.5F));
    const Tensor found = test::planes_of(map);
    for (const float value : found.view().flat()) CHECK(std::isnan(value));
  }
}
