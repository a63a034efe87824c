// SPDX-License-Identifier: MIT
// Laws of fusion that hold to the bit, or to the rounding of sums, for every architecture;
// README.md says which law is tested where.
#include <doctest/doctest.h>

#include <cmath>

#include "fusion/fusion_checks.h"

namespace {

using namespace tessera;
using fusion::AxisRole;
using fusion::SpaceTable;
using fusion::TensorMap;
using test::FusionNetwork;

/// Writes zeros for the channels of units 0 and 1 of a space along one axis of a tensor.
void silence(NamedTensor& tensor,
             std::size_t axis,
             const fusion::Layout& layout,
             const SpaceTable& table) {
  std::size_t inner = 1, channel = 0;
  for (std::size_t a = axis + 1; a < tensor.shape.size(); ++a)
    inner *= static_cast<std::size_t>(tensor.shape[a]);
  const auto extent = static_cast<std::size_t>(tensor.shape[axis]);
  for (const fusion::LayoutPart& part : layout) {
    const fusion::ChannelSpace& space = table.spaces[static_cast<std::size_t>(part.space)];
    for (int unit = 0; unit < space.widths[1]; ++unit)
      for (int r = 0; r < part.repeat; ++r, ++channel)
        if (!space.fixed && !space.isometric && space.widths[1] > 3 && unit < 2)
          for (std::size_t i = 0; i < tensor.values.size(); ++i)
            if (i / inner % extent == channel) tensor.values[i] = 0.0F;
  }
}

/// Two units of every space get nothing but their bias, so that no picture tells them apart. Not
/// features that enter by distances: of those the bias, which changes none, would be lost too.
FusionNetwork with_dead_units(FusionNetwork network) {
  const SpaceTable table = test::table_of(network, network);
  for (const fusion::TensorLayout& layout : table.tensors)
    for (std::size_t a = 0; a < layout.axes.size(); ++a)
      if (layout.axes[a].role == AxisRole::Produced && layout.axes.size() > 1 && !layout.metric &&
          layout.blocks == 1)
        silence(network.tensors.at(layout.name), a, layout.axes[a].layout, table);
  return network;
}

/// The network with every tensor constant.
FusionNetwork with_equal_units(FusionNetwork network) {
  for (auto& [name, tensor] : network.tensors)
    std::fill(tensor.values.begin(), tensor.values.end(), tensor.values.front());
  return network;
}

/// Networks of which every space that may have any width has one unit.
std::vector<FusionNetwork> one_wide(std::uint64_t seed) {
  using model::GraphPrior;
  using model::ObservationKind;
  model::GraphMixtureSpec mixture = test::small_scales(ObservationKind::Noise);
  mixture.image_graph = {1, 1, 2};
  mixture.backbone.width = mixture.backbone.inner[0].width = 1;
  mixture.backbone.inner[0].inner[0].width = 1;
  mixture.backbone.feature_graphs = {{1, 1, 1, 2}};
  mixture.backbone.inner[0].feature_graphs.clear();
  model::TransformerSpec transformer = test::small_transformer(ObservationKind::Bayer);
  transformer.width = transformer.heads = transformer.hidden = 1;
  std::vector<FusionNetwork> networks{
      test::mixture(mixture, seed), test::transformer(transformer, seed + 1),
      test::published("DnCNN", 4, 3, 1, 3, seed + 2),
      test::conv_net(R"("observation":"noise","channels":3,"noise_map":true)", 4, 1, 3, seed + 3),
      test::training_net(R"({"kind":"conv_bn"})", 1, seed + 4)};
  for (const GraphPrior prior : {GraphPrior::Glr, GraphPrior::Gtv}) {
    model::UnrolledGraphSpec spec = test::small_unrolled(prior);
    spec.heads = spec.features = spec.width = 1;
    networks.push_back(test::unrolled(spec, seed + 5));
  }
  return networks;
}

/// Networks in which all costs of a space are 0.
std::vector<FusionNetwork> degenerate_networks(std::uint64_t seed) {
  std::vector<FusionNetwork> networks = one_wide(seed);
  for (FusionNetwork& network : test::small_networks(seed + 20))
    networks.push_back(with_equal_units(std::move(network)));
  return networks;
}

}  // namespace

TEST_SUITE("fusion/exactness") {
  TEST_CASE("a permuted copy comes back bit for bit by every metric, dead units or none") {
    for (const auto& live : test::small_networks(11))
      for (const auto& network : {live, with_dead_units(live)}) {
        CAPTURE(network.name);
        const SpaceTable table = test::table_of(network, network);
        const auto pictures = test::pictures_for(network, 3, 24);
        const TensorMap copy = test::permuted(network, 12);
        CHECK(!test::same_bits(copy, network.tensors));
        for (const test::Metric& metric : test::kMetrics) {
          CAPTURE(std::string(metric.name));
          const TensorMap aligned =
              test::aligned_by(metric, network, copy, network.tensors, pictures);
          CHECK(test::same_bits(fusion::average_tensors(network.tensors, {aligned}, {0.5}, table),
                                network.tensors));
        }
      }
  }

  TEST_CASE("whatever the costs, an aligned parent keeps its function") {
    const auto a = test::small_networks(21), b = test::small_networks(210);
    for (std::size_t i = 0; i < a.size(); ++i)
      for (const double weights : {0.0, 0.5}) {
        CAPTURE(a[i].name);
        const SpaceTable table = test::table_of(a[i], b[i]);
        fusion::MatchOptions options;
        options.costs = {1.0 - weights, weights};
        const auto found = fusion::match_networks({a[i].tensors, b[i].tensors, table},
                                                  test::random_correlations(table, 22), options);
        const TensorMap aligned = fusion::aligned_tensors(a[i].tensors, table, found.maps);
        CHECK(!test::same_bits(aligned, a[i].tensors));
        CHECK(test::function_difference(a[i], a[i].tensors, aligned) <= test::kGatherRounding);
      }
  }

  TEST_CASE("exchange: the first in the channels of the second, or the other way round") {
    const auto a = test::small_networks(31), b = test::small_networks(310);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const SpaceTable table = test::table_of(a[i], b[i]);
      const auto pictures = test::pictures_for(a[i], 3, 24);
      for (const test::Metric& metric : test::kMetrics) {
        CAPTURE(a[i].name);
        CAPTURE(std::string(metric.name));
        const auto aligned = [&](const TensorMap& model, const TensorMap& anchor) {
          return test::aligned_by(metric, a[i], model, anchor, pictures);
        };
        const TensorMap &first = a[i].tensors, &second = b[i].tensors;
        const TensorMap there = aligned(first, second), back = aligned(second, first);
        CHECK(!test::same_bits(there, first));
        for (const double weight : {0.5, 0.3})
          CHECK(test::function_difference(
                    a[i], fusion::average_tensors(second, {there}, {weight}, table),
                    fusion::average_tensors(first, {back}, {1.0 - weight}, table)) <=
                test::kGatherRounding);
      }
    }
  }

  TEST_CASE("a network with itself is itself where a space has one unit, or all are equal") {
    fusion::MatchOptions rotated, rescaled, weighted;
    rotated.rotate = rescaled.rescale = weighted.importance = true;
    for (const auto& network : degenerate_networks(41)) {
      const SpaceTable table = test::table_of(network, network);
      const auto pictures = test::pictures_for(network, 2, 24);
      for (const test::Metric& metric : test::kMetrics)
        for (const auto& options : {fusion::MatchOptions{}, rotated, rescaled, weighted}) {
          CAPTURE(network.name);
          CAPTURE(std::string(metric.name));
          const TensorMap aligned = test::aligned_by(metric, network, network.tensors,
                                                     network.tensors, pictures, options);
          CHECK(test::same_bits(fusion::average_tensors(network.tensors, {aligned}, {0.3}, table),
                                network.tensors));
        }
    }
  }

  TEST_CASE("soft plans of a space with one unit, or of equal ones, are no division by zero") {
    fusion::MatchOptions perplexity, epsilon;
    perplexity.plans.perplexity = 1.5;
    epsilon.plans.epsilon = 0.08;
    for (const auto& network : degenerate_networks(43)) {
      CAPTURE(network.name);
      const auto pictures = test::pictures_for(network, 2, 24);
      for (const auto& options : {perplexity, epsilon})
        for (const auto& [name, tensor] : test::aligned_by(
                 test::kMetrics[0], network, network.tensors, network.tensors, pictures, options))
          CHECK(std::all_of(tensor.values.begin(), tensor.values.end(),
                            [](float value) { return std::isfinite(value); }));
    }
  }
}
