// SPDX-License-Identifier: MIT
#include "classical/nonlocal_means.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/compare.h"

using namespace tessera;

namespace {

/// The definition, pixel by pixel, in double.
Tensor judge(const Tensor& noisy, const Tensor& sigma, const classical::NonlocalMeansSizes& sizes) {
  const int height = noisy.height(), width = noisy.width(), channels = noisy.channels();
  const auto at = [&](int c, int y, int x) {
    return static_cast<double>(noisy(c, std::clamp(y, 0, height - 1), std::clamp(x, 0, width - 1)));
  };
  Tensor result(noisy.shape());
  const int p = sizes.patch_radius, s = sizes.search_radius;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      double total = 0.0;
      std::vector<double> sums(static_cast<std::size_t>(channels));
      for (int dy = -s; dy <= s; ++dy)
        for (int dx = -s; dx <= s; ++dx) {
          double distance = 0.0;
          for (int c = 0; c < channels; ++c)
            for (int i = -p; i <= p; ++i)
              for (int j = -p; j <= p; ++j)
                distance += std::pow(at(c, y + i, x + j) - at(c, y + dy + i, x + dx + j), 2);
          distance /= channels * (2 * p + 1) * (2 * p + 1);
          const double level = sigma(0, y, x), h = sizes.strength * level;
          const double t = std::max(distance - 2 * level * level, 0.0) / (h * h);
          const double w = std::pow(std::max(1.0 - t / 64.0, 0.0), 64.0);
          total += w;
          for (int c = 0; c < channels; ++c)
            sums[static_cast<std::size_t>(c)] += w * at(c, y + dy, x + dx);
        }
      for (int c = 0; c < channels; ++c)
        result(c, y, x) = static_cast<float>(sums[static_cast<std::size_t>(c)] / total);
    }
  return result;
}

}  // namespace

TEST_SUITE("classical/nonlocal_means") {
  TEST_CASE("it is the weighted mean of its definition") {
    const classical::NonlocalMeansSizes sizes{1, 3, 0.5F};
    for (const Shape shape : {Shape{1, 1, 1}, {3, 1, 7}, {1, 9, 1}, {3, 12, 15}}) {
      const Tensor noisy = test::random_tensor(shape, 3);
      const Tensor sigma = test::random_tensor({1, shape.height, shape.width}, 4, 0.1F, 0.4F);
      Tensor result(shape);
      classical::nonlocal_means(noisy, sigma, sizes, result);
      // Six squarings in single precision: 64 roundings of a weight of at most 1.
      CHECK(test::max_difference(judge(noisy, sigma, sizes), result) < 2e-5);
    }
  }

  TEST_CASE("a tile with its halo computes the same pixels as the whole picture") {
    const classical::NonlocalMeansSizes sizes{2, 4, 0.4F};
    const Tensor noisy = test::random_tensor({3, 40, 50}, 5);
    const Tensor sigma = test::random_tensor({1, 40, 50}, 6, 0.1F, 0.4F);
    Tensor whole(noisy.shape());
    classical::nonlocal_means(noisy, sigma, sizes, whole);
    const Region tile{10, 20, 25, 30}, core{16, 26, 13, 24};
    Tensor part(3, 25, 30), part_sigma(1, 25, 30), result(3, 25, 30);
    copy_region(noisy, tile, part);
    copy_region(sigma, tile, part_sigma);
    classical::nonlocal_means(part, part_sigma, sizes, result);
    Tensor expected(3, 13, 24), found(3, 13, 24);
    copy_region(whole, core, expected);
    copy_region(result, {6, 6, 13, 24}, found);
    CHECK(test::max_difference(expected, found) == 0.0);
  }

  TEST_CASE("where there is no noise the picture stays as it is") {
    const Tensor noisy = test::random_tensor({3, 6, 7}, 7);
    const Tensor sigma = test::constant_tensor({1, 6, 7}, 0.0F);
    Tensor result(noisy.shape());
    classical::nonlocal_means(noisy, sigma, {1, 3, 0.5F}, result);
    CHECK(test::max_difference(noisy, result) == 0.0);
  }

  TEST_CASE("sizes change behind the strengths that the table names, not at them") {
    for (const auto& [channels, sigma] :
         {std::pair{1, 15.0}, {1, 30.0}, {1, 45.0}, {1, 75.0}, {3, 25.0}, {3, 55.0}}) {
      CAPTURE(channels);
      CAPTURE(sigma);
      const auto below = classical::nonlocal_means_sizes(sigma - 1.0, channels),
                 at = classical::nonlocal_means_sizes(sigma, channels),
                 above = classical::nonlocal_means_sizes(sigma + 0.1, channels);
      CHECK(at.patch_radius == below.patch_radius);
      CHECK(at.patch_radius < above.patch_radius);
    }
  }

  TEST_CASE("stronger noise is met with larger patches and windows") {
    for (const int channels : {1, 3}) {
      int patch = 0, search = 0;
      for (const double sigma : {5.0, 20.0, 40.0, 60.0, 90.0}) {
        const auto sizes = classical::nonlocal_means_sizes(sigma, channels);
        CHECK(sizes.patch_radius >= patch);
        CHECK(sizes.search_radius >= search);
        patch = sizes.patch_radius;
        search = sizes.search_radius;
      }
    }
  }
}
