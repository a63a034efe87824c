// SPDX-License-Identifier: MIT
#include "nn/feature_map.h"

#include <doctest/doctest.h>

#include "judge.h"
#include "nn/cell_rows.h"

using namespace tessera;

namespace {

/// The planes of a map of cells, some pixels of a row at a time.
Tensor in_pieces(const nn::FeatureMap& map) {
  constexpr int kPiece = 5;
  const nn::CellRows cells(map);
  const Shape shape = map.shape();
  Tensor planes(cells.planes(), 2 * shape.height, 2 * shape.width);
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; x += kPiece)
      cells.copy(y, x, std::min(x + kPiece, shape.width),
                 {planes.view().row(0, 2 * y) + 2 * x, planes.view().row(0, 2 * y + 1) + 2 * x,
                  static_cast<std::ptrdiff_t>(planes.shape().plane())});
  return planes;
}

}  // namespace

TEST_SUITE("nn/feature_map") {
  TEST_CASE("what is assigned comes back bit by bit") {
    nn::FeatureMap map;  // one map through all shapes, growing and shrinking
    for (const int channels : {1, 3, 4, 12, 16, 17, 48, 5})
      for (const auto& [height, width] : {std::pair{1, 1}, {1, 9}, {7, 1}, {13, 17}, {6, 64}}) {
        const Tensor planes = test::random_tensor({channels, height, width}, 3, -1.0F, 1.0F);
        map.assign(planes);
        CHECK(map.shape() == planes.shape());
        CHECK(test::max_difference(planes, test::planes_of(map)) == 0.0);
      }
  }

  TEST_CASE("pixels are the planes with the channels last, in both directions") {
    for (const int channels : {1, 12, 16, 50}) {
      const Tensor planes = test::random_tensor({channels, 5, 7}, 3, -1.0F, 1.0F);
      Tensor pixels(5, 7, channels);
      test::map_of(planes).copy_to_pixels(pixels);
      for (int c = 0; c < channels; ++c)
        for (int y = 0; y < 5; ++y)
          for (int x = 0; x < 7; ++x) CHECK(pixels(y, x, c) == planes(c, y, x));
      nn::FeatureMap map;
      map.assign_pixels(pixels);
      CHECK(test::max_difference(planes, test::planes_of(map)) == 0.0);
    }
  }

  TEST_CASE("cells of planes are those of pixel_unshuffle2, in both directions") {
    for (const int planes : {1, 2, 3, 4, 5, 9})
      for (const int others : {0, 1})
        for (const auto& [height, width] : {std::pair{2, 2}, {2, 10}, {6, 2}, {10, 2 * 131}}) {
          const Tensor first = test::random_tensor({planes, height, width}, 3, -1.0F, 1.0F);
          const Tensor more = test::random_tensor({1, height, width}, 4, -1.0F, 1.0F);
          Tensor all(planes + others, height, width);
          paste_region(first, all.view().channels(0, planes), 0, 0);
          if (others > 0) paste_region(more, all.view().channels(planes, 1), 0, 0);
          Tensor expected(4 * (planes + others), height / 2, width / 2);
          pixel_unshuffle2(all, expected);
          nn::FeatureMap map;
          map.assign_cells(first, others > 0 ? more.view() : TensorView<const float>{});
          CHECK(test::max_difference(expected, test::planes_of(map)) == 0.0);
          Tensor back(all.shape());
          map.copy_cells_to(back);
          CHECK(test::max_difference(all, back) == 0.0);
          const Tensor pieces = in_pieces(map);
          CHECK(test::max_difference(all, pieces) == 0.0);
        }
  }

  TEST_CASE("a crop keeps the pixels of its region, in every layout") {
    for (const int channels : {1, 3, 16, 17, 48}) {
      const Tensor planes = test::random_tensor({channels, 13, 17}, 5);
      for (const Region region : {Region{0, 0, 13, 17}, Region{0, 0, 5, 4}, Region{4, 8, 9, 9},
                                  Region{12, 16, 1, 1}, Region{3, 0, 6, 17}}) {
        nn::FeatureMap map = test::map_of(planes);
        map.crop(region);
        Tensor expected(channels, region.height, region.width);
        copy_region(planes, region, expected);
        CHECK(test::max_difference(expected, test::planes_of(map)) == 0.0);
      }
    }
  }

  TEST_CASE("moving a map moves its content") {
    const Tensor planes = test::random_tensor({20, 5, 6}, 3);
    nn::FeatureMap first = test::map_of(planes);
    nn::FeatureMap second = std::move(first);
    CHECK(test::max_difference(planes, test::planes_of(second)) == 0.0);
  }
}
