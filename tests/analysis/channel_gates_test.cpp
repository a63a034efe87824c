// SPDX-License-Identifier: MIT
#include "analysis/measures/channel_gates.h"

#include <doctest/doctest.h>

#include "base/random.h"

namespace {

using namespace tessera;

analysis::GateObservations observations(int images, int channels, double within) {
  analysis::GateObservations observed;
  for (int n = 0; n < images; ++n) {
    observed.gates.emplace_back();
    observed.energies.emplace_back();
    for (int c = 0; c < channels; ++c) {
      const auto index = static_cast<std::uint64_t>(n * channels + c);
      observed.gates.back().push_back(0.1 + 0.8 * c / channels +
                                      within * base::random_normal(3, index));
      observed.energies.back().push_back(1.0 + base::random_uniform(4, index));
    }
  }
  return observed;
}

}  // namespace

TEST_SUITE("analysis/channel_gates") {
  TEST_CASE("gates that do not depend on the image are perfect stripes and their own constants") {
    const auto observed = observations(5, 8, 0.0);
    const auto statistics = analysis::gate_statistics(observed);
    CHECK(statistics.stripe_score == doctest::Approx(1.0));
    CHECK(statistics.relative_error < 1e-12);
    for (std::size_t c = 0; c < 8; ++c)
      CHECK(statistics.constants[c] == doctest::Approx(observed.gates[0][c]));
  }

  TEST_CASE("gates that are noise have no stripes") {
    auto observed = observations(400, 6, 0.0);
    for (std::size_t n = 0; n < 400; ++n)
      for (std::size_t c = 0; c < 6; ++c) observed.gates[n][c] = base::random_uniform(9, n * 6 + c);
    CHECK(analysis::gate_statistics(observed).stripe_score < 0.02);
  }

  TEST_CASE("the constants are those of least squared error of the gated features") {
    const auto observed = observations(20, 3, 0.2);
    const auto statistics = analysis::gate_statistics(observed);
    const auto error = [&](double moved) {
      double sum = 0.0;
      for (std::size_t n = 0; n < 20; ++n)
        for (std::size_t c = 0; c < 3; ++c) {
          const double miss = observed.gates[n][c] - statistics.constants[c] - moved;
          sum += observed.energies[n][c] * miss * miss;
        }
      return sum;
    };
    CHECK(error(0.0) < error(1e-3));
    CHECK(error(0.0) < error(-1e-3));
  }

  TEST_CASE("one image and a channel that is always zero are no fault") {
    analysis::GateObservations observed{{{0.3, 0.6}}, {{0.0, 2.0}}};
    const auto statistics = analysis::gate_statistics(observed);
    CHECK(statistics.constants[0] == doctest::Approx(0.3));
    CHECK(statistics.relative_error < 1e-12);
  }
}
