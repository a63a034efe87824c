// SPDX-License-Identifier: MIT
#include "nn/pixel_passes.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "support/compare.h"

using namespace tessera;

namespace {

constexpr float kEpsilon = 1e-5F;

Tensor random_rows(int rows, int columns, std::uint64_t seed, float spread = 1.0F) {
  return test::random_tensor({1, rows, columns}, seed, -spread, spread);
}

double mean_of(const float* row, int count) {
  double sum = 0.0;
  for (int k = 0; k < count; ++k) sum += row[k];
  return sum / count;
}

}  // namespace

TEST_SUITE("nn/pixel_passes") {
  TEST_CASE("a normalised row has mean 0 and variance 1 before gain and bias") {
    for (const int width : {1, 7, 16, 64, 75}) {
      Tensor rows = random_rows(5, width, 1);
      for (float& value : rows.view().flat()) value = 40.0F + 3.0F * value;
      const Tensor gain = random_rows(1, width, 2), bias = random_rows(1, width, 3);
      Tensor expected(rows.shape());
      for (int r = 0; r < 5; ++r) {
        const float* row = rows.view().row(0, r);
        const double mean = mean_of(row, width);
        double variance = 0.0;
        for (int k = 0; k < width; ++k) variance += (row[k] - mean) * (row[k] - mean) / width;
        for (int k = 0; k < width; ++k)
          expected(0, r, k) = static_cast<float>(
              (row[k] - mean) / std::sqrt(variance + kEpsilon) * gain(0, 0, k) + bias(0, 0, k));
      }
      nn::layer_norm(rows.view().flat(), gain.view().flat(), bias.view().flat(), kEpsilon);
      CHECK(test::max_difference(expected, rows) < 3e-5);
    }
  }

  TEST_CASE("a softmax row is positive, sums to 1 and has the ratios of the exponentials") {
    for (const int width : {1, 4, 16, 64}) {
      Tensor scores = random_rows(width, width, 4, 30.0F);
      const Tensor bias = random_rows(width, width, 5);
      Tensor expected(scores.shape());
      for (int r = 0; r < width; ++r) {
        double sum = 0.0;
        for (int k = 0; k < width; ++k) sum += std::exp(scores(0, r, k) + bias(0, r, k) - 31.0);
        for (int k = 0; k < width; ++k)
          expected(0, r, k) =
              static_cast<float>(std::exp(scores(0, r, k) + bias(0, r, k) - 31.0) / sum);
      }
      nn::softmax(scores.view().flat(), bias.view().flat(), {});
      CHECK(test::max_difference(expected, scores) < 1e-5);
      for (int r = 0; r < width; ++r)
        CHECK(width * mean_of(scores.view().row(0, r), width) ==
              doctest::Approx(1.0).epsilon(1e-6));
    }
  }

  TEST_CASE("scores far below the largest have no weight") {
    for (const float below : {-88.0F, -100.0F, -300.0F, -1e4F}) {
      CAPTURE(below);
      Tensor scores = test::constant_tensor({1, 2, 2}, 0.0F);
      scores(0, 0, 1) = scores(0, 1, 1) = below;
      const Tensor bias = test::constant_tensor({1, 2, 2}, 0.0F);
      nn::softmax(scores.view().flat(), bias.view().flat(), {});
      CHECK(scores(0, 0, 0) == 1.0F);
      CHECK(scores(0, 0, 1) >= 0.0F);
      CHECK(scores(0, 0, 1) < 1e-37F);
    }
  }

  TEST_CASE("an offset of -1e30 takes a key away, also when its score is the largest") {
    Tensor scores = test::constant_tensor({1, 4, 4}, 0.0F);
    for (int r = 0; r < 4; ++r) scores(0, r, 1) = 500.0F;
    const Tensor bias = test::constant_tensor({1, 4, 4}, 0.0F);
    const std::vector<float> offset{0.0F, -1e30F, -1e30F, 0.0F};
    nn::softmax(scores.view().flat(), bias.view().flat(), offset);
    for (int r = 0; r < 4; ++r) {
      CHECK(scores(0, r, 0) == 0.5F);
      CHECK(scores(0, r, 1) < 1e-37F);
      CHECK(scores(0, r, 3) == 0.5F);
    }
  }

  TEST_CASE("a depthwise convolution sees zeros outside the map, in every region of it") {
    for (const Shape shape : {Shape{1, 1, 3}, Shape{1, 9, 16}, Shape{7, 1, 20}, Shape{6, 11, 33}}) {
      const int rows = shape.channels, columns = shape.height, channels = shape.width;
      const Tensor map = test::random_tensor(shape, 6, -1.0F, 1.0F);
      const Tensor kernels = random_rows(9, channels, 7), bias = random_rows(1, channels, 8);
      Tensor expected(shape);
      for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x)
          for (int c = 0; c < channels; ++c) {
            double sum = bias(0, 0, c);
            for (int t = 0; t < 9; ++t) {
              const int row = y + t / 3 - 1, column = x + t % 3 - 1;
              if (row >= 0 && row < rows && column >= 0 && column < columns)
                sum += static_cast<double>(kernels(0, t, c)) * map(row, column, c);
            }
            expected(y, x, c) = static_cast<float>(std::max(sum, 0.0));
          }
      for (const Region region :
           {Region{0, 0, rows, columns}, Region{rows / 2, columns / 2, rows - rows / 2, 1}}) {
        Tensor part(region.height, region.width, channels);
        nn::depthwise3x3_relu(map, kernels.view().flat(), bias.view().flat(), region,
                              part.view().flat());
        for (int y = 0; y < region.height; ++y)
          for (int x = 0; x < region.width; ++x)
            for (int c = 0; c < channels; ++c)
              CHECK(std::abs(part(y, x, c) - expected(region.top + y, region.left + x, c)) < 2e-6);
      }
    }
  }
}
