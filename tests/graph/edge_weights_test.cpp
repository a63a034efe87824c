// SPDX-License-Identifier: MIT
#include "graph/edge_weights.h"

#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <string>

#include "base/threads/threads_inside.h"
#include "dense.h"
#include "graph/kernels/edge_kernel.h"
#include "graph/kernels/vector_lanes.h"
#include "graph/neighbourhood.h"

using namespace tessera;

namespace {

Tensor weights_of(TensorView<const float> features) {
  Tensor weights = test::constant_tensor({4, features.height(), features.width()}, NAN);
  Workspace scratch;
  graph::edge_weights(features, weights, scratch);
  return weights;
}

/// Two rows for the kernel, one behind the other, and what it makes of the first.
struct PaddedRows {
  static constexpr int kPad = 16, kPixels = graph::kSimilarityPixels;

  explicit PaddedRows(int dimension) : features(2, dimension, kPixels + 2 * kPad) {}
  void run(int lanes, bool has_row_below) {
    const auto f = features.view();
    auto o = out.view();
    graph::similarities(lanes, {.here = f.row(0, 0) + kPad,
                                .below = has_row_below ? f.row(1, 0) + kPad : nullptr,
                                .plane = static_cast<std::size_t>(f.width()),
                                .features = f.height(),
                                .width = kPixels,
                                .out = {o.row(0, 0), o.row(1, 0), o.row(2, 0), o.row(3, 0)},
                                .ahead = f.row(0, 0),
                                .ahead_plane = static_cast<std::size_t>(f.width())});
  }

  Tensor features;  ///< (2 rows, D, pixels)
  Tensor out{4, 1, kPixels};
};

double largest_eigenvalue(TensorView<const float> weights) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(test::dense_laplacian(weights),
                                                        Eigen::EigenvaluesOnly)
      .eigenvalues()
      .maxCoeff();
}

}  // namespace

TEST_SUITE("graph/edge_weights") {
  TEST_CASE("they equal the definition written over all pairs of pixels") {
    for (const Shape shape : test::awkward_sizes(5))
      for (const float spread : {0.5F, 1.5F, 8.0F}) {
        CAPTURE(shape.height);
        CAPTURE(shape.width);
        const Tensor features = test::random_tensor(shape, 3, -spread, spread);
        const Eigen::MatrixXd found = test::dense_adjacency(weights_of(features));
        const Eigen::MatrixXd expected = test::dense_normalised_adjacency(features);
        // Per weight: distances carry 6 roundings of up to 11.5, the exponential 1e-6.
        for (Eigen::Index k = 0; k < found.size(); ++k)
          CHECK(std::abs(found(k) - expected(k)) <= 6e-6 * expected(k));
      }
  }

  TEST_CASE("an edge that leaves the image has weight zero") {
    for (const Shape shape : test::awkward_sizes(2)) {
      const Tensor weights = weights_of(test::random_tensor(shape, 4));
      for (int row = 0; row < shape.height; ++row)
        for (int column = 0; column < shape.width; ++column)
          for (int e = 0; e < 4; ++e) {
            const int r = row + graph::kForwardOffsets[e].dy;
            const int c = column + graph::kForwardOffsets[e].dx;
            const bool inside = r < shape.height && c >= 0 && c < shape.width;
            CHECK((weights(e, row, column) > 0.0F) == inside);
          }
    }
  }

  TEST_CASE("equal features give every edge of an inner pixel one eighth") {
    const Tensor weights = weights_of(test::constant_tensor({12, 7, 9}, 0.3F));
    for (int e = 0; e < 4; ++e) CHECK(weights(e, 3, 4) == doctest::Approx(0.125).epsilon(1e-6));
  }

  TEST_CASE("distances are clipped, so no pixel is cut off") {
    Tensor features(1, 3, 3);
    features(0, 1, 1) = 1e4F;
    const Tensor weights = weights_of(features);
    // The hub's degree is 8e-5, its neighbours' at most 5.
    for (int e = 0; e < 4; ++e) CHECK(weights(e, 1, 1) > 4e-4F);
  }

  TEST_CASE("the exponential is accurate to 1e-6 over its whole range and exact at zero") {
    double worst = 0.0;
    for (int k = 0; k <= 20000; k += graph::kSimilarityPixels / 2) {
      // Every second pixel is zero, the others lie at distances 11.5 k / 20000.
      PaddedRows rows(1);
      const auto distance = [k](int pair) {
        const float length = std::sqrt(11.5F * static_cast<float>(k + pair) / 20000.0F);
        return std::pair{length, static_cast<double>(length * length)};
      };
      for (int pair = 0; pair < graph::kSimilarityPixels / 2; ++pair)
        rows.features(0, 0, PaddedRows::kPad + 2 * pair + 1) = distance(pair).first;
      rows.run(graph::vector_lanes(), false);
      for (int pair = 0; pair < graph::kSimilarityPixels / 2; ++pair) {
        const double expected = std::exp(-std::min(distance(pair).second, 11.5));
        const float found = rows.out(0, 0, 2 * pair);
        worst = std::max(worst, std::abs(found / expected - 1.0));
        if (k + pair == 0) CHECK(found == 1.0F);
      }
    }
    CHECK(worst < 1e-6);
  }

  TEST_CASE("every vector width gives the same numbers, and the same bits where it fuses sums") {
    std::vector<Tensor> results;
    for (int lanes = 4; lanes <= graph::vector_lanes(); lanes *= 2) {
      PaddedRows rows(6);
      rows.features = test::random_tensor(rows.features.shape(), 5, 0.0F, 2.0F);
      rows.run(lanes, true);
      results.push_back(std::move(rows.out));
    }
    // Of two widths only the wider one fuses sums: nothing is compared bit by bit.
    MESSAGE("widths compared: ", results.size());
    REQUIRE_FALSE(results.empty());
    for (const Tensor& result : results) {
      CHECK(test::max_difference(results[0], result) < 1e-6);
      if (&result != &results[0]) CHECK(test::max_difference(results.back(), result) == 0.0);
    }
  }

  TEST_CASE("bands of rows for threads inside leave no trace, difference 0") {
    for (const int height : {1, 2, 3, 31}) {
      const Tensor features = test::random_tensor({4, height, 37}, 6, 0.0F, 2.0F);
      const Tensor alone = weights_of(features);
      for (const int threads : {2, 3, 5}) {
        const base::ThreadsInsideScope scope(threads);
        CHECK(test::max_difference(alone, weights_of(features)) == 0.0);
      }
    }
  }

  TEST_CASE("a cropped window has the same weights two pixels inside") {
    const Tensor features = test::random_tensor({4, 30, 90}, 6, 0.0F, 2.0F);
    const Tensor whole = weights_of(features);
    for (const Region window :
         {Region{3, 5, 20, 70}, Region{0, 17, 9, 40}, Region{20, 1, 10, 33}}) {
      Tensor part(4, window.height, window.width);
      copy_region(features, window, part);
      const Tensor weights = weights_of(part);
      for (int row = 2; row < window.height - 2; ++row)
        for (int column = 2; column < window.width - 2; ++column)
          for (int e = 0; e < 4; ++e)
            REQUIRE(weights(e, row, column) == whole(e, window.top + row, window.left + column));
    }
  }

  TEST_CASE("the Laplacian's spectrum stays below 2 sqrt(8) for random features") {
    for (const float spread : {0.1F, 1.0F, 3.0F, 10.0F, 100.0F})
      for (int seed = 1; seed <= 4; ++seed) {
        const Tensor features = test::random_tensor({3, 9, 8}, seed, 0.0F, spread);
        CHECK(largest_eigenvalue(weights_of(features)) <= graph::kLaplacianSpectralBound);
      }
  }

  TEST_CASE("the Laplacian's spectrum stays below 2 sqrt(8) for stars, stripes and checkerboards") {
    // A star makes a hub whose eight neighbours know nobody else: the case the bound is made for.
    const auto pattern = [](int kind, int row, int column) {
      switch (kind) {
        case 0:
          return (row + column) % 2 * 50.0F;
        case 1:
          return row % 2 * 50.0F;
        case 2:
          return static_cast<float>(row % 3 * 40 + column % 3 * 7);
        default:
          return row % 3 == 1 && column % 3 == 1 ? 0.0F : 1.0F;
      }
    };
    for (int kind = 0; kind < 4; ++kind) {
      Tensor features(1, 9, 9);
      for (int row = 0; row < 9; ++row)
        for (int column = 0; column < 9; ++column)
          features(0, row, column) = pattern(kind, row, column);
      CHECK(largest_eigenvalue(weights_of(features)) <= graph::kLaplacianSpectralBound);
    }
    // Spokes: the outer ring differs from pixel to pixel by more than the clip, but every spoke is
    // within reach of the hub: eight directions of length 1 in eight feature planes.
    for (const float length : {0.05F, 0.5F, 1.0F, 2.0F, 2.4F}) {
      Tensor features(8, 3, 3);
      int spoke = 0;
      for (int k = 0; k < 9; ++k)
        if (k != 4) features(spoke++, k / 3, k % 3) = length;
      CHECK(largest_eigenvalue(weights_of(features)) <= graph::kLaplacianSpectralBound);
    }
  }

  TEST_CASE("the spectrum of C'C stays below 2") {
    for (const float spread : {0.1F, 1.0F, 3.0F, 100.0F}) {
      const Eigen::MatrixXd c =
          test::dense_incidence(weights_of(test::random_tensor({3, 7, 8}, 7, 0.0F, spread)));
      const double largest = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(c.transpose() * c)
                                 .eigenvalues()
                                 .maxCoeff();
      CHECK(largest <= graph::kIncidenceGramSpectralBound + 1e-5);
    }
  }
}

TEST_SUITE("graph/edge_weights/metric") {
  TEST_CASE("weights through a metric are those of the product at every pixel, on any threads") {
    for (const int dimension : {1, 3, 6, 12, 13})
      for (const Shape shape : test::awkward_sizes(dimension)) {
        const Tensor features = test::random_tensor(shape, 8, -1.0F, 1.0F);
        const Tensor metric = test::random_tensor({1, dimension, dimension}, 9, -0.5F, 0.5F);
        Tensor projected(shape);
        for (int row = 0; row < shape.height; ++row)
          for (int column = 0; column < shape.width; ++column)
            for (int d = 0; d < dimension; ++d) {
              double sum = 0.0;
              for (int k = 0; k < dimension; ++k)
                sum += static_cast<double>(metric(0, d, k)) * features(k, row, column);
              projected(d, row, column) = static_cast<float>(sum);
            }
        const Tensor expected = weights_of(projected);
        Tensor weights(4, shape.height, shape.width), shared = weights.clone();
        Workspace scratch;
        graph::edge_weights(features, metric.data(), weights, scratch);
        CHECK(test::max_difference(expected, weights) < 4e-6);
        const base::ThreadsInsideScope scope(3);
        graph::edge_weights(features, metric.data(), shared, scratch);
        CHECK(test::max_difference(weights, shared) == 0.0);
      }
  }
}
