// SPDX-License-Identifier: MIT
#include "analysis/filters/layer_filter.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "analysis/graphs/graph_rows.h"
#include "planes.h"
#include "solver/learned_cg.h"

namespace {

using namespace tessera;
using analysis::LayerFilter;

/// So many equal heavy-ball steps for a spectrum in [low, high].
std::vector<graph::CgStep> steps_for(double low, double high, int count) {
  const auto step = solver::heavy_ball_step(static_cast<float>(low), static_cast<float>(high));
  return std::vector<graph::CgStep>(static_cast<std::size_t>(count), {step.alpha, step.beta});
}

/// (I + mu L) on a graph learned from random features, with so many steps.
struct Smoothing {
  Tensor weights;
  std::vector<graph::CgStep> steps;
  float mu;

  Smoothing(int height, int width, float strength, int count)
      : weights(test::learned_weights(test::random_tensor({3, height, width}, 2))),
        steps(steps_for(1.0, 1.0 + strength * graph::kLaplacianSpectralBound, count)),
        mu(strength) {}
  model::FilterEvent event() const {
    return {.weights = weights,
            .matrix = {.weights = weights, .laplacian_scale = mu, .diagonal_value = 1.0F},
            .b = {},
            .start = {},
            .steps = steps};
  }
};

const analysis::PlaneMap kIdentity = [](TensorView<const float> in, TensorView<float> out) {
  std::copy_n(in.data(), in.shape().count(), out.data());
};

/// Mean over side x side pixels, going round at the border.
analysis::PlaneMap box_blur(int side) {
  return [side](TensorView<const float> in, TensorView<float> out) {
    const int radius = side / 2;
    for (int y = 0; y < in.height(); ++y)
      for (int x = 0; x < in.width(); ++x) {
        double sum = 0.0;
        for (int dy = -radius; dy <= radius; ++dy)
          for (int dx = -radius; dx <= radius; ++dx)
            sum += in(0, (y + dy + in.height()) % in.height(), (x + dx + in.width()) % in.width());
        out(0, y, x) = static_cast<float>(sum / (side * side));
      }
  };
}

}  // namespace

TEST_SUITE("analysis/layer_filter") {
  TEST_CASE("many steps reach the exact solution; a constant passes both") {
    for (const auto& [height, width] : {std::pair{1, 1}, std::pair{1, 20}, std::pair{13, 16}}) {
      const Smoothing smoothing(height, width, 3.0F, 60);
      LayerFilter filter(smoothing.event());
      const Tensor z = test::random_tensor({1, height, width}, 9);
      Tensor realised(z.shape()), ideal(z.shape());
      filter.realised(z, realised);
      filter.ideal(z, ideal);
      CHECK(test::max_difference(realised, ideal) < 1e-4);
      CHECK(analysis::gains_of(filter.realised_map(), z.shape()).dc ==
            doctest::Approx(1.0).epsilon(1e-5));
    }
  }

  TEST_CASE("the matrix is symmetric to rounding, a directed graph is not") {
    const Smoothing smoothing(20, 24, 2.0F, 3);
    LayerFilter filter(smoothing.event());
    CHECK(analysis::symmetry_defect(filter.matrix_map(), filter.shape(), 1) < 1e-6);
    const Tensor rows = analysis::graph_rows(smoothing.weights);
    const analysis::PlaneMap directed = [&](TensorView<const float> in, TensorView<float> out) {
      const Tensor mean = analysis::mean_over_rows(rows, in);
      std::copy_n(mean.data(), mean.shape().count(), out.data());
    };
    CHECK(analysis::symmetry_defect(directed, filter.shape(), 1) > 1e-4);
  }

  TEST_CASE("an extension keeps what is known and is symmetric on the rest") {
    const Tensor weights = test::learned_weights(test::random_tensor({3, 12, 14}, 2));
    Tensor free = test::constant_tensor({1, 12, 14}, 1.0F);
    for (int y = 0; y < 12; y += 2)
      for (int x = 0; x < 14; x += 2) free(0, y, x) = 0.0F;
    const Tensor confidence = test::constant_tensor({1, 12, 14}, 0.01F);
    const auto steps = steps_for(0.1, 2.0 + graph::kLaplacianSpectralBound, 80);
    LayerFilter filter({.weights = weights,
                        .matrix = {.weights = weights, .diagonal = confidence, .free = free},
                        .b = {},
                        .start = {},
                        .steps = steps});
    const Tensor z = test::random_tensor({1, 12, 14}, 4);
    Tensor realised(z.shape()), ideal(z.shape());
    filter.realised(z, realised);
    filter.ideal(z, ideal);
    CHECK(filter.extends());
    CHECK(realised(0, 2, 4) == z(0, 2, 4));
    CHECK(test::max_difference(realised, ideal) < 1e-3);
    CHECK(analysis::symmetry_defect(filter.matrix_map(), z.shape(), 1) < 1e-6);
    // A constant that is known spreads, and fades a little towards confidence in zero.
    const auto gains = analysis::gains_of(filter.ideal_map(), z.shape(), filter.free());
    CHECK(gains.dc < 1.0);
    CHECK(gains.dc > 0.9);
  }

  TEST_CASE("a filter that starts from zero reaches a constant only with many steps") {
    for (const bool from_zero : {false, true})
      for (const int count : {1, 60}) {
        const Smoothing smoothing(13, 16, 3.0F, count);
        model::FilterEvent event = smoothing.event();
        event.from_zero = from_zero;
        LayerFilter filter(event);
        const Shape shape{1, 13, 16};
        const double dc = analysis::gains_of(filter.realised_map(), shape).dc;
        // One step from zero is alpha b, and b is the constant.
        const double expected = from_zero && count == 1 ? smoothing.steps[0].alpha : 1.0;
        CHECK(dc == doctest::Approx(expected).epsilon(1e-4));
        CHECK(analysis::gains_of(filter.ideal_map(), shape).dc ==
              doctest::Approx(1.0).epsilon(1e-4));
      }
  }

  TEST_CASE("one exact step answers an eigenvector as 1 / (1 + mu lambda)") {
    for (const double mu : {0.5, 5.0}) {
      const double lambda = 0.1445722, exact = 1.0 / (1.0 + mu * lambda);
      const std::vector<graph::CgStep> step{{static_cast<float>(exact), 0.0F}};
      CHECK(analysis::polynomial_response(step, 1.0, mu, lambda) ==
            doctest::Approx(exact).epsilon(1e-6));
    }
    // The reference's two numbers, which many steps reach for one eigenvector.
    const double lambda = (1.0 / 0.932588 - 1.0) / 0.5;
    for (const auto& [mu, expected] : {std::pair{0.5, 0.932588}, std::pair{5.0, 0.580435}}) {
      const auto steps = steps_for(1.0, 1.0 + mu * graph::kLaplacianSpectralBound, 80);
      CHECK(analysis::polynomial_response(steps, 1.0, mu, lambda) ==
            doctest::Approx(expected).epsilon(1e-5));
    }
  }

  TEST_CASE("identity: gain 1 at every frequency, df 1; a constant output: 0") {
    const Shape shape{1, 32, 40};
    const auto gains = analysis::gains_of(kIdentity, shape);
    CHECK(gains.dc == 1.0);
    CHECK(gains.nyquist == 1.0);
    for (const double gain : analysis::spectrum_of(kIdentity, shape, 8, 1, 1).gain)
      CHECK(gain == doctest::Approx(1.0).epsilon(1e-9));
    CHECK(analysis::degrees_of_freedom(kIdentity, Tensor(shape), 1.0, 1, 1) == 1.0);
    const analysis::PlaneMap constant = [](TensorView<const float>, TensorView<float> out) {
      std::fill_n(out.data(), out.shape().count(), 0.4F);
    };
    CHECK(analysis::degrees_of_freedom(constant, Tensor(shape), 1.0, 2, 1) == 0.0);
  }

  TEST_CASE("a wave's frequency counts the cycles of its own side, whatever the other side") {
    for (const auto& [height, width] : {std::pair{16, 40}, {40, 16}})
      for (const bool across : {false, true}) {
        CAPTURE(width);
        CAPTURE(across);
        // Of all waves the map keeps one of 3 cycles in 8 pixels.
        const auto wave = [across](int y, int x) {
          return std::sqrt(2.0) * std::cos(2.0 * std::numbers::pi * 0.375 * (across ? x : y));
        };
        const analysis::PlaneMap keeps_one = [&](TensorView<const float> in,
                                                 TensorView<float> out) {
          double share = 0.0;
          for (int y = 0; y < in.height(); ++y)
            for (int x = 0; x < in.width(); ++x) share += in(0, y, x) * wave(y, x);
          share /= in.height() * in.width();
          for (int y = 0; y < in.height(); ++y)
            for (int x = 0; x < in.width(); ++x)
              out(0, y, x) = static_cast<float>(share * wave(y, x));
        };
        const auto spectrum = analysis::spectrum_of(keeps_one, {1, height, width}, 8, 8, 5);
        REQUIRE(spectrum.gain.size() == 8);
        for (std::size_t bin = 0; bin < 8; ++bin) {
          CHECK(spectrum.frequency[bin] == doctest::Approx((bin + 0.5) / 16));
          // 0.375 opens the seventh of eight bins up to half a cycle per pixel.
          CHECK((spectrum.gain[bin] > 0.001) == (bin == 6));
        }
      }
  }

  TEST_CASE("a box blur of n x n: df 1/n^2, gains of the Dirichlet kernel") {
    const Shape shape{1, 48, 48};
    for (const int n : {3, 5}) {
      const auto blur = box_blur(n);
      // Standard error of 16 probes: sqrt(2 (n^2 - 1)) / n^2 / 48 / 4 < 0.01.
      CHECK(std::abs(analysis::degrees_of_freedom(blur, Tensor(shape), 1.0, 16, 3) -
                     1.0 / (n * n)) < 0.01);
      const auto gains = analysis::gains_of(blur, shape);
      CHECK(gains.dc == doctest::Approx(1.0).epsilon(1e-6));
      CHECK(gains.nyquist == doctest::Approx(1.0 / (n * n)).epsilon(1e-5));
      const auto spectrum = analysis::spectrum_of(blur, shape, 12, 2, 5);
      CHECK(spectrum.gain.front() > 0.9);
      CHECK(spectrum.gain.back() < 0.5);
    }
  }

  TEST_CASE("the polynomial is what the steps do to waves on a graph of equal weights") {
    // Far from the border the waves of the pixel grid are eigenvectors.
    constexpr int kSide = 20, kSteps = 3, kFar = kSteps + 1;
    const Tensor weights = test::equal_weights(kSide, kSide, 0.125F);
    const auto steps = steps_for(1.0, 1.0 + graph::kLaplacianSpectralBound, kSteps);
    LayerFilter filter(
        {.weights = weights,
         .matrix = {.weights = weights, .laplacian_scale = 1.0F, .diagonal_value = 1.0F},
         .b = {},
         .start = {},
         .steps = steps});
    for (const double across : {0.0, 0.4, 1.5, 3.0})
      for (const double down : {0.0, 0.7, 2.2}) {
        Tensor wave(1, kSide, kSide), answer(wave.shape());
        for (int y = 0; y < kSide; ++y)
          for (int x = 0; x < kSide; ++x)
            wave(0, y, x) = static_cast<float>(std::cos(across * x + down * y));
        filter.realised_map()(wave, answer);
        const double lambda = 1.0 - (std::cos(across) + std::cos(down)) / 4.0 -
                              std::cos(across) * std::cos(down) / 2.0;
        const double response = analysis::polynomial_response(steps, 1.0, 1.0, lambda);
        for (int y = kFar; y < kSide - kFar; ++y)
          for (int x = kFar; x < kSide - kFar; ++x)
            CHECK(std::abs(answer(0, y, x) - response * wave(0, y, x)) < 1e-5);
      }
    CHECK(analysis::polynomial_response(steps, 1.0, 1.0, 0.0) == doctest::Approx(1.0));
  }
}
