// SPDX-License-Identifier: MIT
#include "graph/logistic.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/threads/threads_inside.h"
#include "support/compare.h"

using namespace tessera;

namespace {

/// Logits from -30 to 30 in planes whose rows no vector divides.
Tensor logits() {
  Tensor planes(2, 7, 61);
  const auto count = static_cast<double>(planes.shape().count() - 1);
  for (std::size_t i = 0; i < planes.shape().count(); ++i)
    planes.data()[i] = static_cast<float>(-30.0 + 60.0 * static_cast<double>(i) / count);
  return planes;
}

}  // namespace

TEST_SUITE("graph/logistic") {
  TEST_CASE("it equals limit / (1 + exp(-x)) to 2e-7 of the limit") {
    const Tensor in = logits();
    Tensor out(in.shape());
    graph::logistic(in, 2.0F, out);
    for (std::size_t i = 0; i < in.shape().count(); ++i) {
      const double expected = 2.0 / (1.0 + std::exp(-static_cast<double>(in.data()[i])));
      REQUIRE(std::abs(out.data()[i] - expected) <= 2e-7 * 2.0);
    }
  }

  TEST_CASE("far out it is 0 and the limit, and stays between them") {
    Tensor planes(1, 1, 4);
    const float far[] = {-1e30F, -100.0F, 100.0F, 1e30F};
    std::copy_n(far, 4, planes.data());
    graph::logistic(planes, 2.0F, planes);
    for (const int x : {0, 1}) CHECK(std::abs(planes(0, 0, x)) < 1e-16F);
    for (const int x : {2, 3}) CHECK(planes(0, 0, x) == 2.0F);
  }

  TEST_CASE("a value does not depend on its place in a row or on threads") {
    const Tensor in = logits();
    Tensor out(in.shape()), shared(in.shape());
    graph::logistic(in, 2.0F, out);
    {
      const base::ThreadsInsideScope scope(3);
      graph::logistic(in, 2.0F, shared);
    }
    CHECK(test::max_difference(out, shared) == 0.0);
    for (std::size_t i = 0; i < in.shape().count(); i += 13) {
      Tensor one(1, 1, 1);
      one(0, 0, 0) = in.data()[i];
      graph::logistic(one, 2.0F, one);
      CHECK(one(0, 0, 0) == out.data()[i]);
    }
  }
}
