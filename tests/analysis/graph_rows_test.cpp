// SPDX-License-Identifier: MIT
#include "analysis/graphs/graph_rows.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/graphs/similarity_kernel.h"
#include "analysis/plane_map.h"
#include "planes.h"

namespace {

using namespace tessera;

/// Rows of pixels with all neighbours made of `weight`, called with the neighbour's index.
template <typename Weight>
Tensor rows_of(int side, const Weight& weight) {
  Tensor rows(analysis::kNeighbours, side, side);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      double sum = 0.0;
      for (int k = 0; k < analysis::kNeighbours; ++k) sum += weight(k, y, x);
      for (int k = 0; k < analysis::kNeighbours; ++k)
        rows(k, y, x) = static_cast<float>(weight(k, y, x) / sum);
    }
  return rows;
}

double mean_cosine(TensorView<const float> a, TensorView<const float> b, float mean) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.shape().plane(); ++i) {
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (int k = 0; k < a.channels(); ++k) {
      const double p = a.plane(k)[i] - mean, q = b.plane(k)[i] - mean;
      ab += p * q, aa += p * p, bb += q * q;
    }
    sum += ab / std::sqrt(aa * bb);
  }
  return sum / static_cast<double>(a.shape().plane());
}

}  // namespace

TEST_SUITE("analysis/graph_rows") {
  TEST_CASE("row entropy is log K for equal weights, 0 for one neighbour, log 2 for two") {
    const Tensor equal =
        analysis::row_entropy(analysis::graph_rows(test::equal_weights(6, 7, 0.3F)));
    CHECK(equal(0, 3, 3) == doctest::Approx(std::log(8.0)).epsilon(1e-6));
    CHECK(equal(0, 0, 0) == doctest::Approx(std::log(3.0)).epsilon(1e-6));
    CHECK(equal(0, 0, 3) == doctest::Approx(std::log(5.0)).epsilon(1e-6));
    const Tensor one = analysis::row_entropy(rows_of(3, [](int k, int, int) { return k == 2; }));
    CHECK(one(0, 1, 1) == 0.0F);
    const Tensor two = analysis::row_entropy(rows_of(3, [](int k, int, int) { return k < 2; }));
    CHECK(two(0, 1, 1) == doctest::Approx(std::log(2.0)).epsilon(1e-6));
  }

  TEST_CASE("rows sum to one wherever there is a neighbour, degrees to twice the edges") {
    for (const auto& [height, width] :
         {std::pair{1, 1}, std::pair{1, 9}, std::pair{9, 1}, std::pair{5, 7}}) {
      const Tensor weights = test::learned_weights(test::random_tensor({3, height, width}, 4));
      const Tensor rows = analysis::graph_rows(weights);
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
          float sum = 0.0F;
          for (int k = 0; k < analysis::kNeighbours; ++k) sum += rows(k, y, x);
          CHECK(sum == doctest::Approx(height * width > 1 ? 1.0 : 0.0).epsilon(1e-6));
        }
      double degrees = 0.0, edges = 0.0;
      const Tensor degree = analysis::graph_degrees(weights);
      for (const float value : degree.view().flat()) degrees += value;
      for (const float value : weights.view().flat()) edges += value;
      CHECK(degrees == doctest::Approx(2.0 * edges).epsilon(1e-6));
    }
  }

  TEST_CASE("weights made from colour similarity are found to be that, and h with them") {
    const Tensor picture = test::smooth_planes({3, 24, 30}, 5, 3);
    const double h = 0.07;
    const Tensor rows = rows_of(24, [&](int k, int y, int x) {
      const auto offset = analysis::neighbour_offset(k);
      double d = 0.0;
      for (int c = 0; c < 3; ++c) {
        const int row = std::clamp(y + offset.dy, 0, 23), column = std::clamp(x + offset.dx, 0, 29);
        d += std::pow(picture(c, row, column) - picture(c, y, x), 2);
      }
      return std::exp(-0.5 * d / (h * h));
    });
    Tensor part(3, 24, 24);
    copy_region(picture, {0, 0, 24, 24}, part);
    const auto kernel = analysis::similarity_kernel(rows, part, 1);
    CHECK(kernel.h == doctest::Approx(h).epsilon(1e-3));
    CHECK(kernel.centred == doctest::Approx(1.0).epsilon(1e-4));
    CHECK(kernel.left < 1e-5);
    CHECK(kernel.explained() > 0.999);
    CHECK(std::abs(kernel.centred_null) < 0.1);
    CHECK(kernel.pixels == 22 * 22);
  }

  TEST_CASE("equal weights have no similarity to tell, and gain nothing over uniform") {
    const Tensor rows = rows_of(8, [](int, int, int) { return 1.0; });
    const auto kernel = analysis::similarity_kernel(rows, test::random_tensor({1, 8, 8}, 3), 1);
    CHECK(kernel.uniform);
    CHECK(kernel.gain < 1e-6);
    CHECK(analysis::similarity_kernel(Tensor(8, 2, 9), Tensor(1, 2, 9), 1).pixels == 0);
  }

  TEST_CASE("independent rows are alike by exp(-s^2) before centring and not at all after") {
    // The reference's null: logits of standard deviation s; 8 keys instead of many, so a margin.
    for (const double s : {0.1, 0.25, 0.5}) {
      const auto random_rows = [s](std::uint64_t seed) {
        return rows_of(40, [&](int k, int y, int x) {
          return std::exp(s * base::random_normal(seed, static_cast<std::uint64_t>(y * 40 + x) * 8 +
                                                            static_cast<std::uint64_t>(k)));
        });
      };
      const Tensor a = random_rows(1), b = random_rows(2);
      CHECK(mean_cosine(a, b, 0.0F) == doctest::Approx(std::exp(-s * s)).epsilon(0.06));
      CHECK(std::abs(mean_cosine(a, b, 1.0F / 8)) < 3.0 / std::sqrt(8.0 * 1600));
    }
  }

  TEST_CASE("the mean over rows keeps constants") {
    const Tensor rows =
        analysis::graph_rows(test::learned_weights(test::random_tensor({2, 5, 6}, 8)));
    const Tensor constant = test::constant_tensor({2, 5, 6}, 0.7F);
    CHECK(test::max_difference(analysis::mean_over_rows(rows, constant), constant) < 1e-6);
  }
}
