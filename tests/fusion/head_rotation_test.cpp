// SPDX-License-Identifier: MIT
#include "fusion/alignment/head_rotation.h"

#include <doctest/doctest.h>

#include <cmath>

#include "fusion/alignment/matching.h"
#include "fusion/fusion_networks.h"
#include "fusion/random_maps.h"

namespace {

using namespace tessera;
using fusion::Matrix;
using fusion::SpaceMap;
using fusion::SpaceTable;
using fusion::TensorMap;

/// A product of two reflections I - 2 v v' / v'v.
Matrix random_rotation(int size, test::Dice& dice) {
  Matrix rotation = Matrix::Identity(size, size);
  for (int k = 0; k < 2; ++k) {
    Eigen::VectorXd v(size);
    for (double& value : v) value = 2.0 * dice.uniform() - 1.0;
    rotation -= 2.0 / v.squaredNorm() * (rotation * v) * v.transpose();
  }
  return rotation;
}

/// Random maps in which every head's units are rotated where that is allowed.
std::vector<SpaceMap> rotating_maps(const SpaceTable& table, std::uint64_t seed) {
  test::Dice dice(seed);
  std::vector<SpaceMap> maps = test::random_maps(table, seed + 1);
  for (std::size_t s = 0; s < maps.size(); ++s) {
    const fusion::ChannelSpace& space = table.spaces[s];
    if (!fusion::rotates(space)) continue;
    const SpaceMap& heads = maps[static_cast<std::size_t>(space.parent)];
    const int size = space.widths[0] / heads.to();
    Matrix rotation = Matrix::Zero(space.widths[0], space.widths[1]);
    for (int g = 0; g < heads.to(); ++g)
      rotation.block(heads.source[static_cast<std::size_t>(g)] * size, g * size, size, size) =
          random_rotation(size, dice);
    maps[s] = fusion::rotation_map(rotation);
  }
  return maps;
}

double largest_difference(const TensorMap& a, const TensorMap& b) {
  double worst = 0.0;
  for (const auto& [name, tensor] : a)
    for (std::size_t i = 0; i < tensor.values.size(); ++i)
      worst =
          std::max(worst, std::abs(static_cast<double>(tensor.values[i]) - b.at(name).values[i]));
  return worst;
}

fusion::MatchOptions with_rotations() {
  fusion::MatchOptions options;
  options.rotate = true;
  return options;
}

// Weights of about 1 are rounded to float when they are rotated, and again on the way back.
constexpr double kRounding = 1e-6;
// The same after a network's sums.
constexpr double kFunctionRounding = 2e-5;

/// Networks in which something rotates.
std::vector<test::FusionNetwork> networks_with_heads(std::uint64_t seed) {
  auto networks = test::small_transformers(seed);
  networks.push_back(test::mixture(test::small_mixture(model::ObservationKind::Bayer), seed + 10));
  networks.push_back(test::mixture(test::small_scales(model::ObservationKind::Noise), seed + 11));
  for (const auto prior : {model::GraphPrior::Glr, model::GraphPrior::Gtv})
    networks.push_back(test::unrolled(test::small_unrolled(prior), seed + 12));
  return networks;
}

}  // namespace

TEST_SUITE("fusion/head_rotation") {
  TEST_CASE("copies with every head rotated compute the same, and fuse back with rotations only") {
    for (const auto& network : networks_with_heads(41)) {
      CAPTURE(network.name);
      const SpaceTable table = test::table_of(network, network);
      const TensorMap copy =
          fusion::aligned_tensors(network.tensors, table, rotating_maps(table, 42));
      const auto picture = test::pictures_for(network, 1, 24);
      CHECK(test::relative_error(test::restored(network, network.tensors, picture[0]),
                                 test::restored(network, copy, picture[0])) <= kFunctionRounding);
      const auto aligned = [&](const fusion::MatchOptions& options) {
        const auto found = fusion::match_networks({copy, network.tensors, table}, {}, options);
        return fusion::aligned_tensors(copy, table, found.maps);
      };
      CHECK(largest_difference(aligned(with_rotations()), network.tensors) <= kRounding);
      CHECK(largest_difference(aligned({}), network.tensors) > 0.1);
    }
  }

  TEST_CASE("a permuted copy comes back bit for bit, rotations allowed") {
    for (const auto& network : networks_with_heads(43)) {
      CAPTURE(network.name);
      const SpaceTable table = test::table_of(network, network);
      const TensorMap copy =
          fusion::aligned_tensors(network.tensors, table, test::random_maps(table, 44));
      const auto found =
          fusion::match_networks({copy, network.tensors, table}, {}, with_rotations());
      CHECK(largest_difference(fusion::aligned_tensors(copy, table, found.maps), network.tensors) ==
            0.0);
    }
  }

  TEST_CASE("a network trained apart keeps its function, its heads rotated, and comes nearer") {
    const auto a = networks_with_heads(45), b = networks_with_heads(450);
    for (std::size_t i = 0; i < a.size(); ++i) {
      CAPTURE(a[i].name);
      const SpaceTable table = test::table_of(a[i], b[i]);
      const fusion::ModelPair pair{a[i].tensors, b[i].tensors, table};
      const auto found = fusion::match_networks(pair, {}, with_rotations());
      const TensorMap aligned = fusion::aligned_tensors(a[i].tensors, table, found.maps);
      const auto picture = test::pictures_for(a[i], 1, 24);
      CHECK(test::relative_error(test::restored(a[i], a[i].tensors, picture[0]),
                                 test::restored(a[i], aligned, picture[0])) <= kFunctionRounding);
      // Metrics are averaged as R'R: their factors need not come nearer.
      if (a[i].name != "transformer_net") continue;
      const auto permuted = fusion::match_networks(pair, {}, {});
      CHECK(fusion::aligned_distance(pair, found.maps) <
            fusion::aligned_distance(pair, permuted.maps));
    }
  }

  TEST_CASE("no rotation inside heads changes what pairs of heads cost") {
    const auto a = test::small_transformers(46).front(), b = test::small_transformers(460).front();
    const SpaceTable table = test::table_of(a, b);
    std::vector<SpaceMap> maps;
    for (const auto& space : table.spaces) maps.push_back(fusion::identity_map(space.widths[1]));
    std::vector<SpaceMap> inside = maps;
    test::Dice dice(48);
    const std::vector<char> solved(maps.size(), 1);
    int compared = 0;
    for (std::size_t s = 0; s < maps.size(); ++s) {
      const fusion::ChannelSpace& space = table.spaces[s];
      if (!fusion::rotates(space)) continue;
      const int heads = table.spaces[static_cast<std::size_t>(space.parent)].widths[0];
      const int size = space.widths[0] / heads;
      Matrix rotation = Matrix::Zero(space.widths[0], space.widths[1]);
      for (int g = 0; g < heads; ++g)
        rotation.block(g * size, g * size, size, size) = random_rotation(size, dice);
      inside[s] = fusion::rotation_map(rotation);
      const TensorMap rotated = fusion::aligned_tensors(a.tensors, table, inside);
      inside[s] = maps[s];
      const auto cost = [&](const TensorMap& model) {
        return fusion::rotated_head_costs({model, b.tensors, table}, static_cast<int>(s), maps,
                                          solved);
      };
      CHECK((cost(rotated) - cost(a.tensors)).cwiseAbs().maxCoeff() < 1e-5);
      CHECK(cost(a.tensors).minCoeff() > 0.1);
      ++compared;
    }
    CHECK(compared == 4);
  }
}
