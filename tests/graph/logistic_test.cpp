// SPDX-License-Identifier: MIT
#include "graph/logistic.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace tessera;

namespace {

/// Logits from -30 to 30, as many as no vector divides.
std::vector<float> logits() {
  std::vector<float> values(61 * 14 + 1);
  const auto count = static_cast<double>(values.size() - 1);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(-30.0 + 60.0 * static_cast<double>(i) / count);
  return values;
}

}  // namespace

TEST_SUITE("graph/logistic") {
  TEST_CASE("it equals limit / (1 + exp(-x)) to 2e-7 of the limit") {
    const std::vector<float> in = logits();
    std::vector<float> out(in.size());
    graph::logistic(in, 2.0F, out);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double expected = 2.0 / (1.0 + std::exp(-static_cast<double>(in[i])));
      REQUIRE(std::abs(out[i] - expected) <= 2e-7 * 2.0);
    }
  }

  TEST_CASE("far out it is 0 and the limit, and stays between them") {
    std::vector<float> values{-1e30F, -100.0F, 100.0F, 1e30F};
    graph::logistic(values, 2.0F, values);
    for (const std::size_t i : {0U, 1U}) CHECK(std::abs(values[i]) < 1e-16F);
    for (const std::size_t i : {2U, 3U}) CHECK(values[i] == 2.0F);
  }

  TEST_CASE("a value does not depend on its place") {
    const std::vector<float> in = logits();
    std::vector<float> out(in.size());
    graph::logistic(in, 2.0F, out);
    for (std::size_t i = 0; i < in.size(); i += 13) {
      float one = in[i];
      graph::logistic({&one, 1}, 2.0F, {&one, 1});
      CHECK(one == out[i]);
    }
  }
}
