// SPDX-License-Identifier: MIT
#include "observation/sampling.h"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "support/compare.h"

namespace tessera::observation {
namespace {

constexpr std::pair<int, int> kSizes[] = {{1, 1}, {1, 6}, {5, 1}, {7, 5}, {8, 12}};

}  // namespace

TEST_SUITE("observation/sampling") {
  TEST_CASE("every pixel of a mosaic is a sample of exactly one plane") {
    for (const auto& [height, width] : kSizes)
      for (const BayerPattern pattern :
           {BayerPattern::RGGB, BayerPattern::BGGR, BayerPattern::GRBG, BayerPattern::GBRG}) {
        const Tensor mosaic = test::random_tensor({1, height, width}, 1);
        Tensor samples = test::constant_tensor({3, height, width}, NAN), mask = samples.clone();
        samples_from_mosaic(mosaic, pattern, 0, 0, samples, mask);
        for (int y = 0; y < height; ++y)
          for (int x = 0; x < width; ++x)
            for (int c = 0; c < 3; ++c) {
              const bool measured = bayer_channel(pattern, y, x) == c;
              CHECK(mask(c, y, x) == (measured ? 1.0F : 0.0F));
              CHECK(samples(c, y, x) == (measured ? mosaic(0, y, x) : 0.0F));
            }
      }
  }
  TEST_CASE("a tile at any coordinates is the part of the whole") {
    const Tensor mosaic = test::random_tensor({1, 9, 11}, 2);
    Tensor samples(3, 9, 11), mask(3, 9, 11);
    samples_from_mosaic(mosaic, BayerPattern::GRBG, 0, 0, samples, mask);
    for (const Region region :
         {Region{0, 0, 4, 5}, Region{1, 0, 3, 3}, Region{2, 3, 5, 1}, Region{3, 5, 6, 6}}) {
      Tensor part(1, region.height, region.width), expected(3, region.height, region.width);
      copy_region(mosaic, region, part);
      Tensor tile_samples = expected.clone(), tile_mask = expected.clone();
      samples_from_mosaic(part, BayerPattern::GRBG, region.top, region.left, tile_samples,
                          tile_mask);
      copy_region(samples, region, expected);
      CHECK(test::max_difference(expected, tile_samples) == 0.0);
      copy_region(mask, region, expected);
      CHECK(test::max_difference(expected, tile_mask) == 0.0);
    }
  }
  TEST_CASE("putting decimated pixels back is the adjoint of decimation") {
    const Tensor x = test::random_tensor({3, 6, 10}, 3), y = test::random_tensor({3, 3, 5}, 4);
    Tensor samples = test::constant_tensor({3, 6, 10}, NAN), mask = samples.clone(), hx(3, 3, 5);
    samples_from_decimated(y, samples, mask);
    for (int c = 0; c < 3; ++c)
      for (int row = 0; row < 3; ++row)
        for (int column = 0; column < 5; ++column) hx(c, row, column) = x(c, 2 * row, 2 * column);
    CHECK(test::dot(hx, y) == doctest::Approx(test::dot(x, samples)).epsilon(1e-12));
    for (std::size_t i = 0; i < mask.shape().count(); ++i) {
      const bool is_binary = mask.data()[i] == 0.0F || mask.data()[i] == 1.0F;
      CHECK(is_binary);
      CHECK(samples.data()[i] * mask.data()[i] == samples.data()[i]);
    }
    CHECK(test::dot(mask, mask) == 3 * 3 * 5);
  }
}

}  // namespace tessera::observation
