// SPDX-License-Identifier: MIT
#include "fusion/alignment/residual_join.h"

#include <doctest/doctest.h>

#include <cmath>

#include "fusion/alignment/matching.h"
#include "fusion/average.h"
#include "fusion/fusion_networks.h"
#include "fusion/random_maps.h"

namespace {

using namespace tessera;
using fusion::Matrix;
using fusion::Residual;
using fusion::SpaceMap;
using fusion::SpaceTable;
using fusion::TensorMap;

constexpr Residual kJoined[] = {Residual::Mean, Residual::Scalar, Residual::PerChannel};

/// The model in the anchor's channels.
TensorMap aligned(const TensorMap& model, const test::FusionNetwork& anchor, Residual residual) {
  const SpaceTable table = test::table_of(anchor, anchor, residual == Residual::Shared);
  base::ThreadPool pool(1);
  fusion::MatchOptions options;
  options.branch_weights = fusion::branch_weights(residual, anchor.runnable(), table,
                                                  test::pictures_for(anchor, 2, 24), pool);
  const auto found = fusion::match_networks({model, anchor.tensors, table}, {}, options);
  return fusion::aligned_tensors(model, table, found.maps);
}

bool same_values(const TensorMap& a, const TensorMap& b) {
  return std::all_of(a.begin(), a.end(), [&](const auto& entry) {
    return entry.second.values == b.at(entry.first).values;
  });
}

SpaceMap permutation(std::vector<int> source) {
  SpaceMap map = fusion::identity_map(static_cast<int>(source.size()));
  map.source = std::move(source);
  return map;
}

int sums_of(const SpaceTable& table) {
  int sums = 0;
  for (const auto& space : table.spaces) sums += space.stream >= 0 ? 1 : 0;
  return sums;
}

}  // namespace

TEST_SUITE("fusion/residual_join") {
  TEST_CASE("a joined map has the weights of its sides, column by column") {
    const SpaceMap stream = permutation({0, 1, 2}), branch = permutation({1, 0, 2});
    const Eigen::VectorXd weight = Eigen::Vector3d(0.25, 0.5, 0.75);
    const SpaceMap joined = fusion::joined_map(stream, branch, weight);
    Matrix expected(3, 3);
    expected << 0.75, 0.5, 0.0, 0.25, 0.5, 0.0, 0.0, 0.0, 1.0;
    CHECK(!joined.permutes);
    for (const Matrix* matrix : {&joined.pull, &joined.push, &joined.plain, &joined.root})
      CHECK((*matrix - expected).cwiseAbs().maxCoeff() < 1e-15);
    CHECK(fusion::joined_map(stream, stream, weight) == stream);
  }

  TEST_CASE("every sum of a residual stream has a space, and heads hold both of its sides") {
    const auto transformer =
        test::transformer(test::small_transformer(model::ObservationKind::Noise), 1);
    CHECK(sums_of(test::table_of(transformer, transformer, true)) == 0);
    CHECK(sums_of(test::table_of(transformer, transformer, false)) ==
          4);  // two in each of two blocks
    for (const auto& network : test::small_networks(2)) {
      CAPTURE(network.name);
      const SpaceTable table = test::table_of(network, network, false);
      for (std::size_t s = 0; s < table.spaces.size(); ++s) {
        const auto& space = table.spaces[s];
        if (space.stream < 0) continue;
        CHECK(std::max(space.stream, space.branch) < static_cast<int>(s));
        CHECK(space.parent == -1);
        CHECK(!space.fixed);
      }
      // Grouped channels of a sum: those of both sides are grouped alike.
      for (std::size_t i = 0; i < network.graph.operators.size(); ++i) {
        const auto& op = network.graph.operators[i];
        if (op.kind != fusion::OperatorKind::FeatureGraph) continue;
        const auto& space = table.spaces[static_cast<std::size_t>(table.values[i].front().space)];
        if (space.stream < 0) continue;
        for (const int side : {space.stream, space.branch}) {
          const auto& part = table.spaces[static_cast<std::size_t>(side)];
          CHECK((part.parent >= 0 || part.stream >= 0));
        }
      }
    }
  }

  TEST_CASE("a copy with permuted streams comes back bit for bit: all sides have one map") {
    for (const auto& network : test::small_networks(3)) {
      CAPTURE(network.name);
      const SpaceTable table = test::table_of(network, network, true);
      std::vector<SpaceMap> maps = test::random_maps(table, 4);
      // Sides that need not agree have no signs.
      for (SpaceMap& map : maps) map.factor.assign(map.factor.size(), 1.0);
      const TensorMap copy = fusion::aligned_tensors(network.tensors, table, maps);
      for (const Residual residual : kJoined) {
        CHECK(same_values(aligned(network.tensors, network, residual), network.tensors));
        CHECK(same_values(aligned(copy, network, residual), network.tensors));
      }
    }
  }

  TEST_CASE("trained apart, only a shared stream keeps what a network computes") {
    const auto a = test::small_transformers(5).front(), b = test::small_transformers(50).front();
    const auto pictures = test::pictures_for(a, 1, 24);
    const Tensor expected = test::restored(a, a.tensors, pictures[0]);
    const auto drift = [&](Residual residual) {
      return test::relative_error(expected,
                                  test::restored(a, aligned(a.tensors, b, residual), pictures[0]));
    };
    CHECK(drift(Residual::Shared) < 2e-5);
    for (const Residual residual : kJoined) CHECK(drift(residual) > 1e-2);
  }

  TEST_CASE("the published recipe gives another network of the anchor's shapes, and converges") {
    const auto a = test::small_networks(7), b = test::small_networks(70);
    base::ThreadPool pool(1);
    for (std::size_t i = 0; i < a.size(); ++i) {
      CAPTURE(a[i].name);
      const SpaceTable table = test::table_of(a[i], b[i], false);
      fusion::MatchOptions recipe;
      recipe.flat = true;
      recipe.plans.epsilon = 0.08;
      recipe.branch_weights =
          fusion::branch_weights(Residual::Mean, b[i].runnable(), table, {}, pool);
      const auto found = fusion::match_networks({a[i].tensors, b[i].tensors, table}, {}, recipe);
      for (const auto& [name, tensor] : fusion::aligned_tensors(a[i].tensors, table, found.maps)) {
        CHECK(tensor.shape == b[i].tensors.at(name).shape);
        CHECK(std::all_of(tensor.values.begin(), tensor.values.end(),
                          [](float value) { return std::isfinite(value); }));
      }
      CHECK(std::any_of(found.maps.begin(), found.maps.end(),
                        [](const SpaceMap& map) { return !map.permutes; }));
    }
  }

  TEST_CASE("weights of branches come from their mean size on the pictures") {
    const auto network =
        test::transformer(test::small_transformer(model::ObservationKind::Noise), 6);
    const SpaceTable table = test::table_of(network, network, false);
    const auto pictures = test::pictures_for(network, 2, 24);
    base::ThreadPool one(1), two(2);
    const auto weights = [&](Residual residual, base::ThreadPool& pool) {
      return fusion::branch_weights(residual, network.runnable(), table, pictures, pool);
    };
    const auto mean = weights(Residual::Mean, one), scalar = weights(Residual::Scalar, one);
    const auto matrix = weights(Residual::PerChannel, one),
               again = weights(Residual::PerChannel, two);

    // The first sum, by the definition.
    fusion::OperatorRun run(network.graph, network.tensors, network.metadata, pictures);
    int sum = 0;
    while (network.graph.operators[static_cast<std::size_t>(sum)].kind != fusion::OperatorKind::Add)
      run.step(sum++, one);
    const auto& inputs = network.graph.operators[static_cast<std::size_t>(sum)].inputs;
    const auto size = [&](int value, int c) {
      double total = 0.0;
      for (std::size_t p = 0; p < pictures.size(); ++p)
        for (const float x : run.value(value, p).view().channels(c, 1).flat()) total += std::abs(x);
      return total;
    };
    const auto s =
        static_cast<std::size_t>(table.values[static_cast<std::size_t>(sum)].front().space);
    double stream = 0.0, branch = 0.0;
    for (int c = 0; c < 12; ++c) {
      const double x = size(inputs[0], c), f = size(inputs[1], c);
      stream += x;
      branch += f;
      CHECK(matrix[s][c] == doctest::Approx(f / (f + x)).epsilon(1e-9));
      CHECK(mean[s][c] == 0.5);
      CHECK(matrix[s][c] == again[s][c]);
    }
    CHECK(scalar[s][0] == doctest::Approx(branch / (branch + stream)).epsilon(1e-9));
    CHECK((scalar[s].array() == scalar[s][0]).all());
  }

  TEST_CASE("sums that share a space have the mean of their weights") {
    // s = h + conv(h) and s + relu(s): the second sum lies in the channels of the first.
    using fusion::OperatorKind;
    test::RandomTensors random(8);
    random.add_conv("head", 3, 4, 3);
    random.add_conv("branch", 4, 4, 3);
    random.add_conv("tail", 4, 3, 3);
    fusion::OperatorGraph graph;
    const int head = graph.conv(graph.input(3), 4, "head"), branch = graph.conv(head, 4, "branch");
    const int sum = graph.binary(OperatorKind::Add, head, branch);
    const int relu = graph.unary(OperatorKind::Relu, sum);
    const int again = graph.binary(OperatorKind::Add, sum, relu);
    graph.outputs.push_back(graph.conv(again, 3, "tail"));
    const TensorMap tensors = test::tensor_map(random.tensors);
    const std::map<std::string, std::string> metadata;
    const auto pictures = test::noisy_pictures(3, 2, 12);
    const std::vector<fusion::OperatorGraph> both{graph, graph};
    const SpaceTable table = fusion::channel_spaces(both, false);
    const auto space_of = [&](int value) {
      return static_cast<std::size_t>(table.values[static_cast<std::size_t>(value)].front().space);
    };
    REQUIRE(space_of(sum) == space_of(again));
    base::ThreadPool pool(1);

    fusion::OperatorRun run(graph, tensors, metadata, pictures);
    for (int i = 0; i <= again; ++i) run.step(i, pool);
    const auto size = [&](int value, int c) {
      double total = 0.0;
      for (std::size_t p = 0; p < pictures.size(); ++p)
        for (const float x : run.value(value, p).view().channels(c, 1).flat()) total += std::abs(x);
      return total;
    };
    const auto weights = fusion::branch_weights(Residual::PerChannel, {graph, tensors, metadata},
                                                table, pictures, pool);
    for (int c = 0; c < 4; ++c) {
      const double first = size(branch, c) / (size(branch, c) + size(head, c));
      const double second = size(relu, c) / (size(relu, c) + size(sum, c));
      CHECK(weights[space_of(sum)][c] == doctest::Approx((first + second) / 2).epsilon(1e-9));
    }
  }
}
