// SPDX-License-Identifier: MIT
#include "base/finite.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace {

using tessera::base::all_finite;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST_SUITE("base/finite") {
  TEST_CASE("numbers are finite, and so is nothing at all") {
    const float largest = std::numeric_limits<float>::max();
    CHECK(all_finite({}));
    CHECK(all_finite(std::vector{0.0F, -0.0F, largest, -largest, 1e-45F}));
    CHECK(all_finite(std::vector<float>(5000, 1.0F)));
  }

  TEST_CASE("one value that is not finite is found anywhere") {
    for (const std::size_t size : {1, 7, 1023, 1024, 1025, 3000})
      for (const std::size_t place : {std::size_t{0}, size / 2, size - 1})
        for (const float bad : {kNan, -kNan, kInfinity, -kInfinity}) {
          std::vector<float> values(size, 0.5F);
          values[place] = bad;
          CAPTURE(size);
          CAPTURE(place);
          CHECK_FALSE(all_finite(values));
        }
  }
}

}  // namespace
