// SPDX-License-Identifier: MIT
#include "base/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <sstream>
#include <string>

#include "support/compare.h"
#include "support/golden.h"

namespace tessera::base {
namespace {

/// splitmix64 as published (prng.di.unimi.it/splitmix64.c): state advances, output is mixed.
std::uint64_t splitmix64_next(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

}  // namespace

TEST_SUITE("base/random") {
  TEST_CASE("the samples of a seed are a splitmix64 stream") {
    for (const std::uint64_t seed : {0ULL, 1ULL, 42ULL, 0xFFFFFFFFFFFFFFFFULL}) {
      // The stream starts where the finaliser sends seed * increment: the output of the state
      // before.
      std::uint64_t before = (seed - 1) * 0x9e3779b97f4a7c15U;
      std::uint64_t state = splitmix64_next(before);
      for (std::uint64_t index = 0; index < 100; ++index)
        CHECK(random_bits(seed, index) == splitmix64_next(state));
    }
  }
  TEST_CASE("seed 0 gives the published first outputs of splitmix64") {
    CHECK(random_bits(0, 0) == 0xE220A8397B1DCDAFU);
    CHECK(random_bits(0, 1) == 0x6E789E6AA1B965F4U);
    CHECK(random_bits(0, 2) == 0x06C45D188009454FU);
  }
  TEST_CASE("uniform numbers lie strictly inside (0, 1) with the moments of a uniform") {
    double sum = 0.0, squares = 0.0;
    const int n = 200000;
    for (int i = 0; i < n; ++i) {
      const double u = random_uniform(7, i);
      REQUIRE((u > 0.0 && u < 1.0));
      sum += u;
      squares += u * u;
    }
    // Three standard errors: 3 / sqrt(12 n) and 3 sqrt(4/45 / n).
    CHECK(std::abs(sum / n - 0.5) < 0.0020);
    CHECK(std::abs(squares / n - 1.0 / 3.0) < 0.0021);
  }
  TEST_CASE("normal numbers have the moments of a normal, and neighbours are uncorrelated") {
    double sum = 0.0, squares = 0.0, fourth = 0.0, neighbours = 0.0;
    const int n = 200000;
    for (int i = 0; i < n; ++i) {
      const double z = random_normal(25, i);
      REQUIRE(std::isfinite(z));
      sum += z;
      squares += z * z;
      fourth += z * z * z * z;
      neighbours += z * random_normal(25, i + 1);
    }
    // Three standard errors: sqrt(1/n), sqrt(2/n), sqrt(96/n), sqrt(1/n).
    CHECK(std::abs(sum / n) < 0.0068);
    CHECK(std::abs(squares / n - 1.0) < 0.0096);
    CHECK(std::abs(fourth / n - 3.0) < 0.066);
    CHECK(std::abs(neighbours / n) < 0.0068);
  }
  TEST_CASE("words and normal numbers equal the training code's on the golden cases") {
    for (const std::uint64_t seed : {0ULL, 1ULL, 2026ULL}) {
      const test::Golden golden("operator_noise_" + std::to_string(seed));
      std::istringstream words(golden.text("bits"));
      std::uint64_t word = 0, index = 0;
      for (; words >> word; ++index) CHECK(random_bits(seed, index) == word);
      CHECK(index > 0);
      const Tensor expected = golden["noise"];
      Tensor found(expected.shape());
      for (std::size_t i = 0; i < found.shape().count(); ++i)
        found.data()[i] = random_normal(seed, i);
      CHECK(test::relative_error(expected, found) < golden.tolerance());
    }
  }
  TEST_CASE("nearby seeds are unrelated") {
    double product = 0.0;
    const int n = 100000;
    for (int i = 0; i < n; ++i)
      product += static_cast<double>(random_normal(1, i)) * random_normal(2, i);
    CHECK(std::abs(product / n) < 3.0 / std::sqrt(n));
  }
}

}  // namespace tessera::base
