// SPDX-License-Identifier: MIT
#include "fusion/alignment/gauge.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "fusion/fusion_checks.h"

namespace {

using namespace tessera;
using fusion::SpaceMap;
using fusion::SpaceTable;
using fusion::TensorMap;

/// Whether positive factors of the space's units pass through the network.
bool is_scaled(const fusion::ChannelSpace& space) {
  return space.scaled_units && !space.fixed && !space.isometric;
}

/// Random maps with positive factors of units that ReLU and the like let through.
std::vector<SpaceMap> scaling_maps(const SpaceTable& table, std::uint64_t seed) {
  std::vector<SpaceMap> maps = test::random_maps(table, seed);
  test::Dice dice(seed + 1);
  for (std::size_t s = 0; s < maps.size(); ++s)
    if (is_scaled(table.spaces[s]))
      for (double& factor : maps[s].factor) factor *= 0.8 + 0.4 * dice.uniform();
  return maps;
}

// Factors converge round by round; copies of other permutations are about 1 apart.
constexpr double kConverged = 1e-4;

}  // namespace

TEST_SUITE("fusion/gauge") {
  TEST_CASE("positive factors of units keep the function and fuse back with rescaling only") {
    for (const auto& network : test::small_networks(43)) {
      CAPTURE(network.name);
      const SpaceTable table = test::table_of(network, network);
      // Training forms have none: their units are normalised.
      if (std::none_of(table.spaces.begin(), table.spaces.end(), is_scaled)) {
        CHECK(network.name == "training form");
        continue;
      }
      const TensorMap copy =
          fusion::aligned_tensors(network.tensors, table, scaling_maps(table, 44));
      CHECK(test::function_difference(network, network.tensors, copy) <= test::kGatherRounding);
      const fusion::ModelPair pair{copy, network.tensors, table};
      fusion::MatchOptions options;
      CHECK(fusion::aligned_distance(pair, fusion::match_networks(pair, {}, options).maps) >
            kConverged);
      options.rescale = true;
      const auto found = fusion::match_networks(pair, {}, options);
      CHECK(fusion::aligned_distance(pair, found.maps) < kConverged);
      const TensorMap aligned = fusion::aligned_tensors(copy, table, found.maps);
      CHECK(test::function_difference(network, network.tensors, aligned) <= test::kGatherRounding);
    }
  }
}
