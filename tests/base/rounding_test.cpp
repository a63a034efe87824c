// SPDX-License-Identifier: MIT
#include "base/rounding.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>

using namespace tessera;

TEST_SUITE("base/rounding") {
  TEST_CASE("the smallest multiple that is not below") {
    for (int step = 1; step < 20; ++step)
      for (int value = 0; value < 100; ++value) {
        const int up = base::rounded_up(value, step);
        CHECK(up % step == 0);
        CHECK(up >= value);
        CHECK(up - value < step);
      }
  }

  TEST_CASE("rounding up saturates") {
    CHECK(base::rounded_up(std::numeric_limits<int>::max(), 12) % 12 == 0);
    CHECK(base::rounded_up(std::numeric_limits<int>::max(), 12) > 0);
    CHECK(base::rounded_up(~std::size_t{0}, std::size_t{64}) == ~std::size_t{63});
  }
}
