// SPDX-License-Identifier: MIT
// Networks drawn at random from the table of operators: the rules of every operator, and of their
// meetings.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "fusion/fusion_checks.h"
#include "fusion/random_graph.h"

namespace {

using namespace tessera;
using fusion::OperatorGraph;
using fusion::TensorMap;
using test::RandomGraph;

Tensor computed(const OperatorGraph& graph,
                const TensorMap& tensors,
                const std::vector<fusion::CalibrationSample>& pictures) {
  const std::map<std::string, std::string> metadata;
  base::ThreadPool pool(1);
  fusion::OperatorRun run(graph, tensors, metadata, pictures);
  for (int i = 0; i < std::ssize(graph.operators); ++i) run.step(i, pool);
  return run.value(graph.outputs.front(), 0).clone();
}

test::FusionNetwork as_network(const RandomGraph& random) {
  return {"random", random.graph, random.tensors, {}};
}

std::vector<fusion::CalibrationSample> random_scene() {
  auto pictures = test::random_pictures(3, 2, 16);
  for (auto& picture : pictures) picture.sigma = test::random_tensor({1, 16, 16}, 3, 0.0F, 0.3F);
  return pictures;
}

/// The same network as if trained otherwise.
TensorMap trained_apart(TensorMap tensors, std::uint64_t seed) {
  test::Dice dice(seed);
  for (auto& [name, tensor] : tensors)
    for (float& value : tensor.values) value *= 0.2F + 1.8F * static_cast<float>(dice.uniform());
  return tensors;
}

/// What is wrong with a network; empty: nothing.
using Law = std::function<std::string(const RandomGraph& network, std::uint64_t seed)>;

/// Holds a law against many networks; of one that fails the smallest part that still does is told.
void check_law(const Law& law) {
  for (std::uint64_t seed = 100; seed < 180; ++seed) {
    if (law(RandomGraph(seed), seed).empty()) continue;
    int parts = 0;
    while (law(RandomGraph(seed, parts), seed).empty()) ++parts;
    const RandomGraph smallest(seed, parts);
    std::string operators;
    for (const auto& op : smallest.graph.operators)
      operators += " " + std::to_string(static_cast<int>(op.kind)) + ":" + op.prefix;
    FAIL_CHECK("seed " << seed << ", " << parts << " parts," << operators << ": "
                       << law(smallest, seed));
  }
}

}  // namespace

TEST_SUITE("fusion/random_graphs") {
  TEST_CASE("permuted copies of random networks keep their function and fuse back to its bits") {
    const auto pictures = random_scene();
    int moved = 0;
    check_law([&](const RandomGraph& random, std::uint64_t seed) -> std::string {
      const test::FusionNetwork network = as_network(random);
      const TensorMap copy = test::permuted(network, seed + 1);
      if (!(test::relative_error(computed(random.graph, random.tensors, pictures),
                                 computed(random.graph, copy, pictures)) <= test::kGatherRounding))
        return "a permuted copy is another function";
      const auto table = test::table_of(network, network);
      for (const test::Metric& metric : test::kMetrics) {
        const TensorMap aligned = test::aligned_by(metric, network, copy, random.tensors, pictures);
        if (!test::same_bits(
                fusion::average_tensors(random.tensors, {aligned, aligned}, {0.25, 0.5}, table),
                random.tensors))
          return std::string("a permuted copy does not come back by ") + metric.name;
      }
      for (const auto& [name, tensor] : copy)
        if (tensor.values != random.tensors.at(name).values) ++moved;
      return "";
    });
    CHECK(moved > 300);
  }

  TEST_CASE("whatever the costs, an aligned random network keeps its function") {
    const auto pictures = random_scene();
    check_law([&](const RandomGraph& random, std::uint64_t seed) -> std::string {
      const test::FusionNetwork network = as_network(random);
      const auto table = test::table_of(network, network);
      fusion::MatchOptions options;
      options.costs = {1.0, 0.0};
      const auto found =
          fusion::match_networks({random.tensors, trained_apart(random.tensors, seed), table},
                                 test::random_correlations(table, seed), options);
      const double difference = test::relative_error(
          computed(random.graph, random.tensors, pictures),
          computed(random.graph, fusion::aligned_tensors(random.tensors, table, found.maps),
                   pictures));
      return difference <= test::kGatherRounding ? "" : "off by " + std::to_string(difference);
    });
  }

  TEST_CASE("exchange: two random networks in either order become one function") {
    const auto pictures = random_scene();
    check_law([&](const RandomGraph& random, std::uint64_t seed) -> std::string {
      const test::FusionNetwork network = as_network(random);
      const auto table = test::table_of(network, network);
      const TensorMap other = trained_apart(test::permuted(network, seed + 1), seed + 2);
      const auto half = [&](const TensorMap& model, const TensorMap& anchor) {
        const TensorMap aligned =
            test::aligned_by(test::kMetrics[0], network, model, anchor, pictures);
        return computed(random.graph, fusion::average_tensors(anchor, {aligned}, {0.5}, table),
                        pictures);
      };
      const double difference =
          test::relative_error(half(random.tensors, other), half(other, random.tensors));
      return difference <= test::kGatherRounding ? "" : "off by " + std::to_string(difference);
    });
  }

  TEST_CASE("where sums have maps of their own a random network still comes back from itself") {
    base::ThreadPool pool(1);
    const std::map<std::string, std::string> metadata;
    int sums = 0;
    for (std::uint64_t seed = 100; seed < 180; ++seed) {
      CAPTURE(seed);
      const RandomGraph network(seed);
      const std::vector<OperatorGraph> graphs{network.graph, network.graph};
      const fusion::SpaceTable table = fusion::channel_spaces(graphs, false);
      for (const auto& space : table.spaces) sums += space.stream >= 0 ? 1 : 0;
      fusion::MatchOptions options;
      options.branch_weights = fusion::branch_weights(
          fusion::Residual::Mean, {network.graph, network.tensors, metadata}, table, {}, pool);
      const auto found =
          fusion::match_networks({network.tensors, network.tensors, table}, {}, options);
      for (const auto& map : found.maps) CHECK(map.is_identity());
    }
    CHECK(sums > 50);
  }
}
