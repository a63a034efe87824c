// SPDX-License-Identifier: MIT
#include "analysis/equations/pde_fit.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/graphs/graph_rows.h"
#include "analysis/plane_map.h"
#include "planes.h"

namespace {

using namespace tessera;
using analysis::PdeStep;

/// The coefficient of a term; not a number when the fit has no such term.
double coefficient(const analysis::PdeFit& fit, const std::string& term) {
  for (std::size_t k = 0; k < fit.terms.size(); ++k)
    if (fit.terms[k] == term) return fit.fit.coefficients[k];
  return std::nan("");
}

/// By how much a term's coefficient misses what was planted.
double miss(const analysis::PdeFit& fit, const std::string& term, double planted) {
  return std::abs(coefficient(fit, term) - planted);
}

// Planes are binary32: a planted step is rounded by 2^-24 of a sample's size, and a fit over
// thousands of samples is no further off than that and a few of its like.
constexpr double kRounding = 1e-6;

}  // namespace

TEST_SUITE("analysis/pde_fit") {
  TEST_CASE("a pure heat step gives its diffusivity and nothing is left over") {
    const Tensor u = test::smooth_planes({2, 80, 90}, 1, 4), v = test::heat_step(u, 0.17F);
    const auto fit = analysis::fit_pde({.before = u, .after = v}, 1);
    CHECK(miss(fit, "diffusion", 0.17) < kRounding);
    CHECK(1.0 - fit.fit.r2 < kRounding);
    CHECK(fit.beats_null());
  }

  TEST_CASE("planted diffusion, attention and reaction are told apart") {
    const Shape shape{1, 96, 96};
    const Tensor u = test::smooth_planes(shape, 1, 2);
    // Edge-aware rows: similarity of strongly scaled colours.
    Tensor features(shape);
    for (std::size_t i = 0; i < shape.count(); ++i) features.data()[i] = 15.0F * u.data()[i];
    const Tensor rows = analysis::graph_rows(test::learned_weights(features));
    const auto attention = [&rows](TensorView<const float> at) {
      return analysis::mean_over_rows(rows, at);
    };
    const Tensor lap = analysis::grid_laplacian(u), mean = attention(u);
    Tensor v(shape);
    for (std::size_t i = 0; i < shape.count(); ++i)
      v.data()[i] = u.data()[i] + 0.05F * lap.data()[i] + 0.3F * (mean.data()[i] - u.data()[i]) -
                    0.1F * std::tanh(u.data()[i]);
    const auto fit = analysis::fit_pde({.before = u, .after = v, .attention = attention}, 1);
    CAPTURE(fit.merged.size());
    CHECK(miss(fit, "diffusion", 0.05) < kRounding);
    CHECK(miss(fit, "attention", 0.3) < kRounding);
    CHECK(miss(fit, "reaction", -0.1) < kRounding);
    for (const double vif : fit.fit.inflation) CHECK(vif > 1.0);
  }

  TEST_CASE("attention with equal rows is diffusion by another name and is merged into it") {
    const Tensor u = test::smooth_planes({1, 64, 64}, 1, 1);
    const auto attention = [](TensorView<const float> at) {
      Tensor mean = analysis::grid_laplacian(at);
      for (std::size_t i = 0; i < mean.shape().count(); ++i)
        mean.data()[i] = at.data()[i] + 0.25F * mean.data()[i];
      return mean;
    };
    const Tensor v = attention(u);
    const auto fit = analysis::fit_pde({.before = u, .after = v, .attention = attention}, 1);
    REQUIRE(fit.merged.size() == 1);
    CHECK(fit.merged.front() == "attention into diffusion");
    CHECK(miss(fit, "diffusion", 0.25) < kRounding);
  }

  TEST_CASE(
      "a perfect denoiser looks like heat flow with D 0.2 and R2 0.8, and is not above its null") {
    const Shape shape{1, 128, 128};
    const Tensor clean = test::smooth_planes(shape, 1, 60);
    const Tensor noise = analysis::white_noise(shape, 2);
    Tensor noisy(shape);
    for (std::size_t i = 0; i < shape.count(); ++i)
      noisy.data()[i] = clean.data()[i] + 0.1F * noise.data()[i];
    const auto fit = analysis::fit_pde({.before = noisy, .after = clean}, 1);
    // Of white noise 4^2 / (4^2 + 4); samples at the border, which have fewer neighbours, take
    // 0.0024 from it. R2 of n samples deviates by 2 sqrt(R2) (1 - R2) / sqrt(n): here by 0.0028 for
    // diffusion alone and by 0.0005 for all terms. Three deviations, of a difference 3 sqrt(2).
    CHECK(std::abs(fit.diffusion_alone - 0.7976) < 3 * 0.0028);
    CHECK(std::abs(fit.diffusion_alone_null - 0.7976) < 3 * 0.0028);
    CHECK(std::abs(fit.null_white - fit.fit.r2) < 4.2 * 0.0005);
    // Terms of a plane that has nothing to do with the increment explain one sample each.
    CHECK(fit.null_shift < 1e-3);
  }

  TEST_CASE("a pull towards samples is found where they are") {
    const Shape shape{1, 64, 64};
    const Tensor u = test::smooth_planes(shape, 1, 3), y = test::smooth_planes(shape, 2, 3);
    Tensor mask(shape), v(shape);
    for (std::size_t i = 0; i < shape.count(); ++i) {
      mask.data()[i] = base::random_uniform(9, i) < 0.3 ? 1.0F : 0.0F;
      v.data()[i] = u.data()[i] + 0.4F * mask.data()[i] * (y.data()[i] - u.data()[i]);
    }
    const auto fit = analysis::fit_pde({.before = u, .after = v, .samples = y, .mask = mask}, 1);
    CHECK(miss(fit, "data pull", 0.4) < kRounding);
    CHECK(1.0 - fit.fit.r2 < kRounding);
  }

  TEST_CASE("a step that does nothing is not fitted") {
    const Tensor u = test::smooth_planes({1, 20, 20}, 1);
    const auto fit = analysis::fit_pde({.before = u, .after = u}, 1);
    CHECK(fit.increment == 0.0);
    CHECK_FALSE(fit.fitted);
    CHECK_FALSE(fit.beats_null());
  }

  TEST_CASE("the grid Laplacian: 0 on constants and one pixel, its eigenvalue on cosine waves") {
    CHECK(test::max_abs(analysis::grid_laplacian(test::constant_tensor({2, 5, 1}, 3.0F))) == 0.0);
    CHECK(test::max_abs(analysis::grid_laplacian(test::constant_tensor({1, 1, 1}, 3.0F))) == 0.0);
    // Neumann mode (3, 5) of a 48 x 48 grid: one heat step of 0.2 scales its energy by
    // (1 - 0.2 lambda)^2 = 0.943008337833.
    const double pi = std::acos(-1.0);
    Tensor mode(1, 48, 48);
    for (int y = 0; y < 48; ++y)
      for (int x = 0; x < 48; ++x)
        mode(0, y, x) = static_cast<float>(std::cos(pi * 3 * (y + 0.5) / 48) *
                                           std::cos(pi * 5 * (x + 0.5) / 48));
    const Tensor after = test::heat_step(mode, 0.2F);
    const double kept = analysis::dot(after, after) / analysis::dot(mode, mode);
    CHECK(std::abs(kept - 0.943008337833) < kRounding);
  }
}
