// SPDX-License-Identifier: MIT
#include "solver/soft_threshold.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace tessera;

TEST_SUITE("solver/soft_threshold") {
  TEST_CASE("it is the proximal map of the 1-norm: no other point is better") {
    const float threshold = 0.3F;
    for (float v = -1.0F; v <= 1.0F; v += 0.01F) {
      float out = 0.0F;
      solver::soft_threshold({&v, 1}, threshold, {&out, 1});
      const auto cost = [&](double u) { return 0.5 * (u - v) * (u - v) + threshold * std::abs(u); };
      for (double u = -1.0; u <= 1.0; u += 0.01) CHECK(cost(out) <= cost(u) + 1e-7);
    }
  }

  TEST_CASE("the split adds up and the clipped part is bounded") {
    std::vector<float> v{-2.0F, -0.25F, 0.0F, 0.25F, 0.125F, 5.0F};
    std::vector<float> soft(v.size()), clipped(v.size());
    solver::split_at_threshold(v, 0.25F, soft, clipped);
    for (std::size_t i = 0; i < v.size(); ++i) {
      CHECK(soft[i] + clipped[i] == v[i]);
      CHECK(std::abs(clipped[i]) <= 0.25F);
    }
    std::vector<float> in_place = v;
    solver::split_at_threshold(in_place, 0.25F, soft, in_place);
    CHECK(in_place == clipped);
    solver::soft_threshold(v, 0.25F, v);
    CHECK(v == soft);
  }

  TEST_CASE("threshold zero changes nothing") {
    std::vector<float> v{-2.0F, 0.5F};
    solver::soft_threshold(v, 0.0F, v);
    CHECK(v == std::vector<float>{-2.0F, 0.5F});
  }
}
