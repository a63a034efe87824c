// SPDX-License-Identifier: MIT
#include "checkpoint/half.h"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <tuple>

#include "base/random.h"
#include "checkpoint/safetensors.h"

namespace tessera::checkpoint {
namespace {

/// Largest finite F16 and the next value of the same spacing: from half way on, infinity is
/// nearest.
constexpr double kF16Overflow = 65520.0;

}  // namespace

TEST_SUITE("checkpoint/half") {
  TEST_CASE("known F16 values") {
    CHECK(float_from_f16(0x3C00) == 1.0F);
    CHECK(float_from_f16(0xC000) == -2.0F);
    CHECK(float_from_f16(0x7BFF) == 65504.0F);
    CHECK(float_from_f16(0x0001) == 0x1p-24F);
    CHECK(float_from_f16(0x03FF) == 0x3FFp-24F);
    CHECK(float_from_f16(0x3555) == doctest::Approx(1.0 / 3.0).epsilon(1e-3));
    CHECK(std::isinf(float_from_f16(0xFC00)));
    CHECK(std::isnan(float_from_f16(0x7C01)));
    CHECK(std::signbit(float_from_f16(0x8000)));
  }
  TEST_CASE("every F16 value survives the way through float") {
    for (int bits = 0; bits < 65536; ++bits) {
      const auto word = static_cast<std::uint16_t>(bits);
      if (std::isnan(float_from_f16(word)))
        REQUIRE(std::isnan(float_from_f16(f16_from_float(float_from_f16(word)))));
      else
        REQUIRE(f16_from_float(float_from_f16(word)) == word);
    }
  }
  TEST_CASE("F16 rounds to the nearest value") {
    for (std::uint64_t i = 0; i < 200000; ++i) {
      const double scale = std::exp2(base::random_uniform(1, i) * 44.0 - 27.0);
      const auto value = static_cast<float>(base::random_normal(2, i) * scale);
      const std::uint16_t bits = f16_from_float(value);
      if (std::abs(value) >= kF16Overflow) {
        REQUIRE(std::isinf(float_from_f16(bits)));
        continue;
      }
      const double error = std::abs(static_cast<double>(float_from_f16(bits)) - value);
      // The neighbours of a pattern are the patterns one below and one above.
      for (const int step : {-1, 1}) {
        const auto neighbour = static_cast<std::uint16_t>(bits + step);
        if ((bits & 0x7FFF) == 0 && step < 0) continue;
        const double other = std::isinf(float_from_f16(neighbour))
                                 ? 65536.0
                                 : std::abs(static_cast<double>(float_from_f16(neighbour)));
        REQUIRE(error <= std::abs(other - std::abs(static_cast<double>(value))));
      }
    }
  }
  TEST_CASE("ties go to the even value, and overflow to infinity") {
    CHECK(f16_from_float(1.0F + 0x1p-11F) == 0x3C00);
    CHECK(f16_from_float(1.0F + 3 * 0x1p-11F) == 0x3C02);
    CHECK(f16_from_float(0x1p-25F) == 0x0000);
    CHECK(f16_from_float(3 * 0x1p-25F) == 0x0002);
    CHECK(f16_from_float(std::nextafter(65520.0F, 0.0F)) == 0x7BFF);
    CHECK(f16_from_float(65520.0F) == 0x7C00);
    CHECK(f16_from_float(-INFINITY) == 0xFC00);
  }
  TEST_CASE("a tensor is rounded as it is stored, and not where it would not be finite") {
    for (const auto& [type, third, large] : {std::tuple("F32", 1.0F / 3.0F, 1e6F),
                                             {"F16", 0x1.554p-2F, 1e6F},
                                             {"BF16", 0x1.56p-2F, 999424.0F}}) {
      NamedTensor tensor{"a", {3}, {1.0F / 3.0F, 1e6F, -0.0F}, type};
      checkpoint::round_as_stored(tensor);
      CHECK(tensor.values[0] == third);
      CHECK(tensor.values[1] == large);
      CHECK(std::signbit(tensor.values[2]));
    }
  }
}

}  // namespace tessera::checkpoint
