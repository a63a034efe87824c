// SPDX-License-Identifier: MIT
#include "tensor/cell_means.h"

#include <doctest/doctest.h>

#include "support/compare.h"

using namespace tessera;

TEST_SUITE("tensor/cell_means") {
  TEST_CASE("a constant plane keeps its constant to the last bit") {
    for (int k = 1; k < 1000; ++k) {
      const float level = 0.37F / static_cast<float>(k);
      Tensor plane(1, 2, 6), means(1, 1, 3);
      for (float& value : plane.view().flat()) value = level;
      cell_means(plane, means);
      for (int x = 0; x < 3; ++x) CHECK(means(0, 0, x) == level);
    }
  }

  TEST_CASE("it is the quarter of the sum of a pixel and its right, lower and diagonal ones") {
    const Tensor plane = test::random_tensor({1, 4, 6}, 1);
    Tensor means(1, 2, 3);
    cell_means(plane, means);
    for (int y = 0; y < 2; ++y)
      for (int x = 0; x < 3; ++x) {
        const double sum = 0.0 + plane(0, 2 * y, 2 * x) + plane(0, 2 * y, 2 * x + 1) +
                           plane(0, 2 * y + 1, 2 * x) + plane(0, 2 * y + 1, 2 * x + 1);
        CHECK(means(0, y, x) == doctest::Approx(sum / 4.0).epsilon(1e-6));
      }
  }
}
