// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <set>

#include "fusion/fusion_checks.h"
#include "tessera/error.h"

namespace {

using namespace tessera;
using fusion::Matching;
using fusion::SpaceTable;
using fusion::TensorMap;

}  // namespace

TEST_SUITE("fusion/matching") {
  TEST_CASE("the table of spaces knows every tensor of every architecture") {
    for (const auto& network : test::small_networks(1)) {
      CAPTURE(network.name);
      std::set<std::string> known;
      for (const auto& layout : test::table_of(network, network).tensors) known.insert(layout.name);
      CHECK(known.size() == network.tensors.size());
      for (const auto& [name, tensor] : network.tensors)
        CHECK_MESSAGE(known.count(name) == 1, name);
    }
  }

  TEST_CASE("the operators of conv_net compute its last layer") {
    base::ThreadPool pool(1);
    for (const auto& network : test::small_networks(9)) {
      const auto net = test::real_network(network, network.tensors);
      const bool published = network.metadata.empty();
      if (!published && network.name != "conv_net") continue;
      if (net->observation() != model::ObservationKind::Noise) continue;
      CAPTURE(network.name);
      const auto pictures = test::pictures_for(network, 1, 24);
      fusion::OperatorRun run(network.graph, network.tensors, network.metadata, pictures);
      const int last = static_cast<int>(network.graph.operators.size()) - 1;
      for (int i = 0; i <= last; ++i) run.step(i, pool);
      Tensor found = run.value(last, 0).clone();
      if (net->size_multiple() == 2) {
        Tensor large(net->channels(), 24, 24);
        pixel_shuffle2(found, large);
        found = std::move(large);
      } else {
        const float sign = network.name == "conv_net" ? 1.0F : -1.0F;
        for (std::size_t i = 0; i < found.shape().count(); ++i)
          found.data()[i] = pictures[0].samples.data()[i] + sign * found.data()[i];
      }
      CHECK(test::relative_error(test::restored(network, network.tensors, pictures[0]), found) <=
            test::kGatherRounding);
    }
  }

  TEST_CASE("the operators of a network of several scales compute its estimate") {
    base::ThreadPool pool(1);
    for (const auto observation :
         {model::ObservationKind::Noise, model::ObservationKind::NoisyBayer}) {
      auto spec = test::small_scales(observation);
      spec.image_graph = {};
      const auto network = test::mixture(spec, 9);
      const auto pictures = test::pictures_for(network, 1, 24);
      fusion::OperatorRun run(network.graph, network.tensors, network.metadata, pictures);
      for (int i = 0; i < std::ssize(network.graph.operators); ++i) run.step(i, pool);
      Tensor found(3, 24, 24);
      pixel_shuffle2(run.value(network.graph.outputs.front(), 0), found);
      CHECK(test::relative_error(test::restored(network, network.tensors, pictures[0]), found) <=
            test::kGatherRounding);
    }
  }

  TEST_CASE("the operators of transformer_net compute its estimate, whatever windows hold") {
    base::ThreadPool pool(1);
    for (const int size : {2, 6, 22, 24})
      for (const auto& network : test::small_transformers(9)) {
        const auto pictures = test::pictures_for(network, 1, size);
        fusion::OperatorRun run(network.graph, network.tensors, network.metadata, pictures);
        for (int i = 0; i < std::ssize(network.graph.operators); ++i) run.step(i, pool);
        Tensor found(3, size, size);
        pixel_shuffle2(run.value(network.graph.outputs.front(), 0), found);
        // Measured samples are kept; the estimate is between them.
        const auto& picture = pictures[0];
        if (!picture.mask.view().empty())
          for (std::size_t i = 0; i < found.shape().count(); ++i)
            if (picture.mask.data()[i] > 0.0F) found.data()[i] = picture.samples.data()[i];
        CHECK(test::relative_error(test::restored(network, network.tensors, picture), found) <=
              1e-5);
      }
  }

  TEST_CASE("networks that differ in more than widths are told apart, although shapes agree") {
    const auto noise = R"("observation":"noise","channels":3,"skip":)";
    const auto added = test::conv_net(noise + std::string(R"("add")"), 3, 8, 3, 1);
    const auto taken = test::conv_net(noise + std::string(R"("subtract")"), 3, 8, 3, 2);
    CHECK_THROWS_AS(test::table_of(added, taken), Error);
    model::GraphMixtureSpec plain = test::small_mixture(model::ObservationKind::Mask);
    model::GraphMixtureSpec plate = plain;
    plate.fill_steps = 4;
    CHECK_THROWS_AS(test::table_of(test::mixture(plain, 1), test::mixture(plate, 2)), Error);
  }

  TEST_CASE("random maps of streams, branches, heads, inside heads, signs keep the function") {
    for (const auto& network : test::small_networks(2)) {
      CAPTURE(network.name);
      const auto pictures = test::pictures_for(network, 1, 24);
      const TensorMap copy = test::permuted(network, 77);
      CHECK(!test::same_bits(copy, network.tensors));
      CHECK(test::relative_error(test::restored(network, network.tensors, pictures[0]),
                                 test::restored(network, copy, pictures[0])) <=
            test::kGatherRounding);
    }
  }

  TEST_CASE("a permuted copy fused with the original gives the original's bits, by weights") {
    for (const auto& network : test::small_networks(3)) {
      const SpaceTable table = test::table_of(network, network);
      for (const std::uint64_t seed : {5, 6}) {
        CAPTURE(network.name);
        const TensorMap copy = test::permuted(network, seed);
        const Matching found = fusion::match_networks({copy, network.tensors, table}, {}, {});
        const TensorMap aligned = fusion::aligned_tensors(copy, table, found.maps);
        CHECK(test::same_bits(aligned, network.tensors));
        CHECK(test::same_bits(fusion::average_tensors(network.tensors, {aligned}, {0.5}, table),
                              network.tensors));
      }
    }
  }

  TEST_CASE("fusing a network with itself changes no bit, negative zeros included") {
    for (auto network : test::small_networks(5)) {
      network.tensors.begin()->second.values.front() = -0.0F;
      const SpaceTable table = test::table_of(network, network);
      const Matching found =
          fusion::match_networks({network.tensors, network.tensors, table}, {}, {});
      for (const auto& map : found.maps) CHECK(map.is_identity());
      const TensorMap fused =
          fusion::average_tensors(network.tensors, {network.tensors}, {0.3}, table);
      CHECK(test::same_bits(fused, network.tensors));
      CHECK(std::signbit(fused.begin()->second.values.front()));
      CHECK(fusion::ancestry_score(found.spaces) > 0.99);
      fusion::MatchOptions soft;
      soft.plans.perplexity = 2.0;
      const Matching blurred =
          fusion::match_networks({network.tensors, network.tensors, table}, {}, soft);
      CHECK(fusion::ancestry_score(blurred.spaces) > 0.9);
    }
  }

  TEST_CASE("independent networks have no common ancestor; the aligned one keeps its function") {
    const auto a = test::small_networks(6), b = test::small_networks(60);
    for (std::size_t i = 0; i < a.size(); ++i) {
      CAPTURE(a[i].name);
      const SpaceTable table = test::table_of(a[i], b[i]);
      const Matching found = fusion::match_networks({a[i].tensors, b[i].tensors, table}, {}, {});
      CHECK(fusion::ancestry_score(found.spaces) < 0.6);
      for (const double perplexity : {2.0, 6.0}) {
        fusion::MatchOptions soft;
        soft.plans.perplexity = perplexity;
        CHECK(fusion::ancestry_score(
                  fusion::match_networks({a[i].tensors, b[i].tensors, table}, {}, soft).spaces) <
              0.6);
      }
      const TensorMap aligned = fusion::aligned_tensors(a[i].tensors, table, found.maps);
      const auto pictures = test::pictures_for(a[i], 1, 24);
      CHECK(test::relative_error(test::restored(a[i], a[i].tensors, pictures[0]),
                                 test::restored(a[i], aligned, pictures[0])) <=
            test::kGatherRounding);
      CHECK(fusion::aligned_distance({a[i].tensors, b[i].tensors, table}, found.maps) < 1.0);
    }
  }

  TEST_CASE("weights 0 and 1 give the parents' bits; several copies give the anchor's") {
    const auto networks = test::small_networks(7), others = test::small_networks(70);
    for (std::size_t i = 0; i < networks.size(); ++i) {
      const auto& network = networks[i];
      CAPTURE(network.name);
      const TensorMap& other = others[i].tensors;
      const SpaceTable table = test::table_of(network, network);
      CHECK(test::same_bits(fusion::average_tensors(network.tensors, {other}, {0.0}, table),
                            network.tensors));
      CHECK(
          test::same_bits(fusion::average_tensors(network.tensors, {other}, {1.0}, table), other));
      std::vector<TensorMap> copies;
      for (const std::uint64_t seed : {21, 22, 23}) {
        const TensorMap copy = test::permuted(network, seed);
        const Matching found = fusion::match_networks({copy, network.tensors, table}, {}, {});
        copies.push_back(fusion::aligned_tensors(copy, table, found.maps));
      }
      CHECK(
          test::same_bits(fusion::average_tensors(network.tensors, copies, {0.1, 0.45, 0.2}, table),
                          network.tensors));
    }
  }
}
