// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "fusion/fusion_checks.h"

namespace {

using namespace tessera;
using fusion::Matrix;
using fusion::SpaceMap;
using fusion::SpaceTable;
using fusion::TensorMap;

/// Units copied to the places that are free in a wider network; what a unit sends is shared among
/// its copies, unequally if asked for. Copies stay in their head; heads are copied as wholes.
std::vector<SpaceMap> widening_maps(const SpaceTable& table, bool unequal, std::uint64_t seed) {
  test::Dice dice(seed);
  std::vector<SpaceMap> maps(table.spaces.size());
  std::vector<std::vector<int>> origin(table.spaces.size());
  const std::function<void(std::size_t)> make = [&](std::size_t s) {
    const fusion::ChannelSpace& space = table.spaces[s];
    if (!origin[s].empty()) return;
    const int n = space.widths[0], m = space.widths[1];
    if (space.parent < 0) {
      for (int j = 0; j < m; ++j) origin[s].push_back(space.fixed ? j : j % n);
    } else {
      const auto parent = static_cast<std::size_t>(space.parent);
      make(parent);
      const int from = n / table.spaces[parent].widths[0], to = m / table.spaces[parent].widths[1];
      for (int j = 0; j < m; ++j)
        origin[s].push_back(origin[parent][j / to] * from + j % to % from);
    }
    Matrix pull = Matrix::Zero(n, m), push = Matrix::Zero(n, m);
    for (int j = 0; j < m; ++j) {
      pull(origin[s][j], j) = 1.0;
      push(origin[s][j], j) = unequal && !space.isometric ? 0.2 + dice.uniform() : 1.0;
    }
    for (int i = 0; i < n; ++i) push.row(i) /= push.row(i).sum();
    SpaceMap& map = maps[s];
    if (n == m) {
      map = fusion::identity_map(m);
      return;
    }
    map.permutes = false;
    map.pull = map.plain = pull;
    map.push = push;
    map.root = map.inside = Matrix::Zero(n, m);
    // Copies in one head share its distances; copies of a head have them all.
    const int heads =
        space.parent < 0 ? 1 : table.spaces[static_cast<std::size_t>(space.parent)].widths[1];
    for (int g = 0; g < heads; ++g)
      for (int i = 0; i < n; ++i) {
        const auto row = push.row(i).segment(g * m / heads, m / heads);
        if (!(row.sum() > 0.0)) continue;
        map.inside.row(i).segment(g * m / heads, m / heads) = row / row.sum();
        map.root.row(i).segment(g * m / heads, m / heads) = (row / row.sum()).cwiseSqrt();
      }
  };
  for (std::size_t s = 0; s < maps.size(); ++s) make(s);
  return maps;
}

/// The narrow network with the wide one's widths, in random order and with random signs.
TensorMap widened_copy(const test::FusionNetwork& narrow, test::FusionNetwork wide, bool unequal) {
  const SpaceTable up = test::table_of(narrow, wide);
  wide.tensors = fusion::aligned_tensors(narrow.tensors, up, widening_maps(up, unequal, 5));
  return test::permuted(wide, 6);
}

// Copies are sums of parts, rounded to float; gtv_net's thresholds make more of it. A wrong rule
// gives 1e-2 and more.
constexpr double kRounding = 5e-4;

/// A narrow network and what becomes of its function on the way to a wider one and back.
void check_both_ways(const test::FusionNetwork& narrow, const test::FusionNetwork& wide) {
  const SpaceTable up = test::table_of(narrow, wide), down = test::table_of(wide, narrow);
  const auto pictures = test::pictures_for(narrow, 1, 24);
  const Tensor expected = test::restored(narrow, narrow.tensors, pictures[0]);
  for (const bool unequal : {false, true}) {
    CAPTURE(unequal);
    const TensorMap copy = widened_copy(narrow, wide, unequal);
    CHECK(test::relative_error(expected, test::restored(wide, copy, pictures[0])) <= kRounding);
    const auto to_narrow = fusion::match_networks({copy, narrow.tensors, down}, {}, {});
    const TensorMap back = fusion::aligned_tensors(copy, down, to_narrow.maps);
    CHECK(test::relative_error(expected, test::restored(narrow, back, pictures[0])) <= kRounding);
    const TensorMap small = fusion::average_tensors(narrow.tensors, {back}, {0.4}, down);
    CHECK(test::relative_error(expected, test::restored(narrow, small, pictures[0])) <= kRounding);
    const auto to_wide = fusion::match_networks({narrow.tensors, copy, up}, {}, {});
    const TensorMap forth = fusion::aligned_tensors(narrow.tensors, up, to_wide.maps);
    CHECK(test::relative_error(expected, test::restored(wide, forth, pictures[0])) <= kRounding);
    const TensorMap large = fusion::average_tensors(copy, {forth}, {0.4}, up);
    CHECK(test::relative_error(expected, test::restored(wide, large, pictures[0])) <= kRounding);
  }
}

}  // namespace

TEST_SUITE("fusion/widths") {
  TEST_CASE("channels copied two- and threefold fuse back, either way: graph_mixture_net") {
    for (const int times : {2, 3}) {
      CAPTURE(times);
      auto narrow = test::small_mixture(model::ObservationKind::Bayer), wide = narrow;
      wide.backbone.width *= times;
      check_both_ways(test::mixture(narrow, 31), test::mixture(wide, 32));
    }
  }

  TEST_CASE("channels of any scale copied two- and threefold fuse back, scale by scale") {
    for (const int times : {2, 3}) {
      CAPTURE(times);
      auto narrow = test::small_scales(model::ObservationKind::Bayer), wide = narrow;
      wide.backbone.inner[0].width *= times;
      check_both_ways(test::mixture(narrow, 71), test::mixture(wide, 72));
      wide.backbone.width *= times;
      wide.backbone.inner[0].inner[0].width *= times;
      check_both_ways(test::mixture(narrow, 73), test::mixture(wide, 74));
    }
  }

  TEST_CASE("features of the heads of graphs copied fuse back") {
    for (const int times : {2, 3}) {
      CAPTURE(times);
      auto narrow = test::small_mixture(model::ObservationKind::Bayer), wide = narrow;
      wide.image_graph.features *= times;
      wide.backbone.feature_graphs[0].features *= 5 - times;
      check_both_ways(test::mixture(narrow, 35), test::mixture(wide, 36));
    }
  }

  TEST_CASE("head dimension, and with it full metrics, copied fuses back: glr_net and gtv_net") {
    for (const int times : {2, 3})
      for (const auto prior : {model::GraphPrior::Glr, model::GraphPrior::Gtv}) {
        CAPTURE(times);
        auto narrow = test::small_unrolled(prior), wide = narrow;
        wide.features *= times;
        wide.width *= times;
        check_both_ways(test::unrolled(narrow, 37), test::unrolled(wide, 38));
      }
  }

  TEST_CASE("channels copied two- and threefold fuse back: training forms, statistics included") {
    for (const int times : {2, 3})
      for (const auto* blocks :
           {R"({"kind":"conv_bn","bias":false})", R"({"kind":"rep_vgg"})", R"({"kind":"acb"})"}) {
        CAPTURE(times);
        CAPTURE(blocks);
        check_both_ways(test::training_net(blocks, 6, 45),
                        test::training_net(blocks, 6 * times, 46));
      }
  }

  TEST_CASE("channels copied two- and threefold fuse back: DnCNN, FFDNet, conv_net, denoisers") {
    for (const int times : {2, 3}) {
      CAPTURE(times);
      check_both_ways(test::published("DnCNN", 4, 3, 8, 3, 51),
                      test::published("DnCNN", 4, 3, 8 * times, 3, 52));
      check_both_ways(test::published("FFDNet", 4, 13, 8, 12, 53),
                      test::published("FFDNet", 4, 13, 8 * times, 12, 54));
      const auto head = R"("observation":"noise","channels":3,"noise_map":true)";
      check_both_ways(test::conv_net(head, 4, 6, 3, 55), test::conv_net(head, 4, 6 * times, 3, 56));
      auto narrow = test::small_mixture(model::ObservationKind::Noise), wide = narrow;
      wide.backbone.width *= times;
      wide.image_graph.features *= times;
      check_both_ways(test::mixture(narrow, 57), test::mixture(wide, 58));
    }
  }

  TEST_CASE("heads copied with all that hangs on them fuse back") {
    for (const int times : {2, 3}) {
      CAPTURE(times);
      auto narrow = test::small_mixture(model::ObservationKind::Bayer), wide = narrow;
      wide.image_graph.heads *= times;
      check_both_ways(test::mixture(narrow, 61), test::mixture(wide, 62));
      wide.backbone.feature_graphs[0].heads *= times;
      wide.backbone.width *= times;
      check_both_ways(test::mixture(narrow, 63), test::mixture(wide, 64));
      narrow.observation = wide.observation = model::ObservationKind::Noise;
      check_both_ways(test::mixture(narrow, 65), test::mixture(wide, 66));
      for (const auto prior : {model::GraphPrior::Glr, model::GraphPrior::Gtv}) {
        auto few = test::small_unrolled(prior), many = few;
        many.heads *= times;
        many.width *= times;
        check_both_ways(test::unrolled(few, 67), test::unrolled(many, 68));
        many.features *= 2;
        many.width *= 2;
        check_both_ways(test::unrolled(few, 69), test::unrolled(many, 70));
      }
    }
  }

  TEST_CASE(
      "channels, hidden units, heads and head dimension of transformer_net copied fuse back") {
    for (const int times : {2, 3}) {
      CAPTURE(times);
      for (const bool layer_norm : {true, false}) {
        CAPTURE(layer_norm);
        auto narrow = test::small_transformer(model::ObservationKind::Noise), wide = narrow;
        narrow.layer_norm = wide.layer_norm = layer_norm;
        wide.hidden *= times;
        check_both_ways(test::transformer(narrow, 81), test::transformer(wide, 82));
        // The width is heads times head dimension: one of them grows with it.
        wide.width *= times;
        check_both_ways(test::transformer(narrow, 83), test::transformer(wide, 84));
        wide.heads *= times;
        check_both_ways(test::transformer(narrow, 85), test::transformer(wide, 86));
        wide.width *= 2;
        check_both_ways(test::transformer(narrow, 87), test::transformer(wide, 88));
      }
    }
  }
}
