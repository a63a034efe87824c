// SPDX-License-Identifier: MIT
#include "base/bfloat16.h"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>

using namespace tessera;
using base::bf16_from_float;
using base::float_from_bf16;

TEST_SUITE("base/bfloat16") {
  TEST_CASE("every value survives the way through float") {
    for (int bits = 0; bits < 65536; ++bits) {
      const auto word = static_cast<std::uint16_t>(bits);
      if (std::isnan(float_from_bf16(word)))
        REQUIRE(std::isnan(float_from_bf16(bf16_from_float(float_from_bf16(word)))));
      else
        REQUIRE(bf16_from_float(float_from_bf16(word)) == word);
    }
  }

  TEST_CASE("ties go to the even value, and overflow to infinity") {
    CHECK(bf16_from_float(1.0F + 0x1p-8F) == 0x3F80);
    CHECK(bf16_from_float(1.0F + 3 * 0x1p-8F) == 0x3F82);
    CHECK(bf16_from_float(3.4e38F) == 0x7F80);
  }

  TEST_CASE("not-a-number stays one, whatever its bits") {
    // Rounding alone would carry these into infinity and into zero.
    for (const std::uint32_t bits : {0x7F800001U, 0x7FFFFFFFU, 0xFF800001U, 0xFFFFFFFFU})
      CHECK(std::isnan(float_from_bf16(bf16_from_float(std::bit_cast<float>(bits)))));
  }
}
