// SPDX-License-Identifier: MIT
// Pixels do not depend on tiles: difference 0 between a whole map and its tiles.
#include <doctest/doctest.h>

#include "base/threads/threads_inside.h"
#include "judge.h"

using namespace tessera;

namespace {

/// How many pixels on each cut side of a tile may differ from the whole map.
struct Margins {
  int top, left, bottom, right;
};

Margins margins(Region tile, Shape whole, int border) {
  return {tile.top > 0 ? border : 0, tile.left > 0 ? border : 0,
          tile.top + tile.height < whole.height ? border : 0,
          tile.left + tile.width < whole.width ? border : 0};
}

/// Largest difference between a tile's result and the whole map's, inside the margins.
double tile_difference(const Tensor& whole, const Tensor& part, Region tile, int border) {
  const Margins cut = margins(tile, whole.shape(), border);
  double worst = 0.0;
  for (int c = 0; c < whole.channels(); ++c)
    for (int y = cut.top; y < tile.height - cut.bottom; ++y)
      for (int x = cut.left; x < tile.width - cut.right; ++x)
        worst = std::max(worst, std::abs(static_cast<double>(part(c, y, x)) -
                                         whole(c, tile.top + y, tile.left + x)));
  return worst;
}

/// Layers applied one after the other.
using Chain = std::vector<nn::Conv2d>;

Tensor run(const Chain& chain, const Tensor& in) {
  nn::FeatureMap current = test::map_of(in), next;
  for (const nn::Conv2d& conv : chain) {
    conv.forward(current, next, conv.spec().adds_residual ? &current : nullptr);
    std::swap(current, next);
  }
  return test::planes_of(current);
}

int border_of(const Chain& chain) {
  int border = 0;
  for (const nn::Conv2d& conv : chain) border = conv.border_after(border);
  return border;
}

/// A tile on the grid; one in three ends at the map's bottom, one in three at its right.
Region random_tile(Shape whole, std::uint64_t index) {
  const auto pick = [&](int lane, int bound) {
    return static_cast<int>(base::random_bits(99, index * 8 + lane) % bound);
  };
  constexpr int g = nn::kTileGrid;
  Region tile;
  tile.top = pick(0, (whole.height + g - 1) / g) * g;
  tile.left = pick(1, (whole.width + g - 1) / g) * g;
  const int rows = whole.height - tile.top, columns = whole.width - tile.left;
  tile.height = pick(2, 3) == 0 || rows < g ? rows : (1 + pick(3, rows / g)) * g;
  tile.width = pick(4, 3) == 0 || columns < g ? columns : (1 + pick(5, columns / g)) * g;
  return tile;
}

void check_tiles(const Chain& chain, Shape whole_shape, int tiles) {
  const Tensor in = test::random_tensor(whole_shape, 17, -1.0F, 1.0F);
  const Tensor whole = run(chain, in);
  const int border = border_of(chain);
  for (int i = 0; i < tiles; ++i) {
    const Region tile = random_tile(whole_shape, i);
    Tensor part(whole_shape.channels, tile.height, tile.width);
    copy_region(in, tile, part);
    CAPTURE(tile.top);
    CAPTURE(tile.left);
    CAPTURE(tile.height);
    CAPTURE(tile.width);
    CHECK(tile_difference(whole, run(chain, part), tile, border) == 0.0);
  }
}

}  // namespace

TEST_SUITE("nn/tile_law") {
  TEST_CASE("a tile of one layer has the whole map's bits inside its border") {
    for (const nn::ConvSpec& usual : test::usual_specs())
      for (const auto algorithm : test::algorithms()) {
        nn::ConvSpec spec = usual;
        spec.algorithm = algorithm;
        spec.adds_residual = false;
        CAPTURE(test::name_of(spec, algorithm));
        Chain chain;
        chain.push_back(test::ConvWeights(spec).make(spec));
        check_tiles(chain, {spec.in_channels, 94, 131}, 14);
      }
  }

  TEST_CASE("a tile of many layers has the whole map's bits inside its border") {
    for (const auto algorithm : test::algorithms())
      for (const int width : {16, 48}) {
        const nn::ConvSpec first{.in_channels = 4, .out_channels = width};
        const nn::ConvSpec inner{.in_channels = width,
                                 .out_channels = width,
                                 .activation = nn::Activation::Relu,
                                 .adds_residual = true,
                                 .algorithm = algorithm};
        CAPTURE(test::name_of(inner, algorithm));
        Chain chain;
        chain.push_back(test::ConvWeights(first).make(first));
        for (int layer = 0; layer < 5; ++layer) {
          chain.push_back(test::ConvWeights(inner, 20 + layer).make(inner));
          check_tiles(chain, {4, 94, 131}, 6);
        }
      }
  }

  TEST_CASE("the border of Winograd layers grows by 1 and 3 in turn") {
    const nn::ConvSpec spec{.in_channels = 48, .out_channels = 48};
    const nn::Conv2d conv = test::ConvWeights(spec).make(spec);
    if (conv.algorithm() == nn::ConvAlgorithm::Winograd) {
      const std::vector<int> expected{1, 4, 5, 8, 9, 12};
      int border = 0;
      for (const int next : expected) CHECK((border = conv.border_after(border)) == next);
      CHECK(conv.border_after(2) == 4);
    } else {
      CHECK(conv.border_after(2) == 3);
    }
  }

  TEST_CASE("large and thin maps compute the same bits with one thread and with two") {
    for (const auto algorithm : test::algorithms())
      for (const Shape shape : {Shape{96, 200, 256}, Shape{96, 1, 400}, Shape{96, 301, 3}}) {
        const nn::ConvSpec spec{.in_channels = 96, .out_channels = 96, .algorithm = algorithm};
        Chain chain;
        chain.push_back(test::ConvWeights(spec).make(spec));
        const Tensor in = test::random_tensor(shape, 3);
        const Tensor one = run(chain, in);
        const base::ThreadsInsideScope inside(2);
        const Tensor two = run(chain, in);
        CHECK(test::max_difference(one, two) == 0.0);
      }
  }
}
