// SPDX-License-Identifier: MIT
#include "analysis/measures/noise_information.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/plane_map.h"
#include "planes.h"

namespace {

using namespace tessera;

Tensor mixed(const Tensor& n, double a, const Tensor& z, double b) {
  Tensor state(n.shape());
  for (std::size_t i = 0; i < n.shape().count(); ++i)
    state.data()[i] = static_cast<float>(a * n.data()[i] + b * z.data()[i]);
  return state;
}

}  // namespace

TEST_SUITE("analysis/noise_information") {
  TEST_CASE("for jointly Gaussian noise and state the bound is the information itself") {
    const Shape shape{1, 160, 160};
    const Tensor n = analysis::white_noise(shape, 1), z = analysis::white_noise(shape, 2);
    for (const auto& [a, b] : {std::pair{1.0, 1.0}, std::pair{3.0, 1.0}, std::pair{0.5, 2.0}}) {
      const auto bound = analysis::information_bound(mixed(n, a, z, b), n);
      CHECK(bound.patch == 5);
      // Standard error of the held-out variance ratio: sqrt(2 / 12800), and of half its logarithm.
      CHECK(std::abs(bound.nats - 0.5 * std::log(1.0 + a * a / (b * b))) < 0.02);
    }
  }

  TEST_CASE("a state without the noise tells nothing; smoothing tells less and less") {
    const Shape shape{1, 128, 128};
    const Tensor n = analysis::white_noise(shape, 1), z = analysis::white_noise(shape, 2);
    CHECK(analysis::information_bound(z, n).nats < 0.01);
    const Tensor clean = test::smooth_planes(shape, 3, 60);
    Tensor state = mixed(n, 25.0 / 255.0, clean, 1.0);
    const double before = analysis::information_bound(state, n).nats;
    state = test::heat_step(state, 0.2F);
    const double after = analysis::information_bound(test::heat_step(state, 0.2F), n).nats;
    CHECK(before > 1.0);
    CHECK(after < before);
  }

  TEST_CASE("too few pixels for a probe tell nothing") {
    CHECK(analysis::information_bound(Tensor(48, 16, 16), Tensor(1, 16, 16)).patch == 0);
    CHECK(analysis::information_bound(Tensor(1, 1, 1), Tensor(1, 1, 1)).patch == 0);
    CHECK(analysis::information_bound(Tensor(48, 128, 128), Tensor(1, 128, 128)).patch == 1);
  }
}
