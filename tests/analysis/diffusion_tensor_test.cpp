// SPDX-License-Identifier: MIT
#include "analysis/equations/diffusion_tensor.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/filters/layer_filter.h"
#include "planes.h"
#include "solver/learned_cg.h"

namespace {

using namespace tessera;

bool anywhere(int, int) { return true; }

analysis::PlaneMap heat_steps(float step, int count) {
  return [=](TensorView<const float> in, TensorView<float> out) {
    std::copy_n(in.data(), in.shape().count(), out.data());
    for (int i = 0; i < count; ++i) {
      const Tensor next = test::heat_step(out, step);
      std::copy_n(next.data(), next.shape().count(), out.data());
    }
  };
}

}  // namespace

TEST_SUITE("analysis/diffusion_tensor") {
  TEST_CASE("one explicit heat step has its diffusivity, ten have ten times as much") {
    for (const int count : {1, 10}) {
      const auto tensors =
          analysis::diffusion_tensors(heat_steps(0.17F, count), {1, 64, 64}, count, anywhere);
      CHECK(tensors.size() >= 4);
      for (const auto& d : tensors) {
        CHECK(d.mass == doctest::Approx(1.0).epsilon(1e-6));
        CHECK(d.dyy == doctest::Approx(0.17 * count).epsilon(1e-5));
        CHECK(d.dxx == doctest::Approx(0.17 * count).epsilon(1e-5));
        CHECK(std::abs(d.dyx) < 1e-6);
        CHECK(d.negative == 0.0);
      }
    }
  }

  TEST_CASE("a graph of equal weights diffuses alike in all directions, by mu times its moment") {
    // Interior degree-normalised weights are 1/8: sum w dx^2 / 2 = 6/8/2 per unit of mu.
    const Tensor weights = test::equal_weights(72, 72, 0.125F);
    const float mu = 0.8F;
    const auto step = solver::heavy_ball_step(1.0F, 1.0F + 2.0F * mu);
    const std::vector<graph::CgStep> steps(24, {step.alpha, step.beta});
    analysis::LayerFilter filter(
        {.weights = weights,
         .matrix = {.weights = weights, .laplacian_scale = mu, .diagonal_value = 1.0F},
         .b = {},
         .start = {},
         .steps = steps});
    const auto tensors = analysis::diffusion_tensors(filter.realised_map(), filter.shape(),
                                                     filter.reach(), anywhere);
    REQUIRE(!tensors.empty());
    for (const auto& d : tensors) {
      CHECK(d.mass == doctest::Approx(1.0).epsilon(1e-4));
      CHECK(d.dxx == doctest::Approx(mu * 0.375).epsilon(1e-3));
      CHECK(d.dyy == doctest::Approx(d.dxx).epsilon(1e-5));
      CHECK(d.anisotropy() < 1e-4);
    }
  }

  TEST_CASE("drift is where the middle of the answer lies, and moves no tensor") {
    const analysis::PlaneMap shift = [](TensorView<const float> in, TensorView<float> out) {
      for (int y = 0; y < in.height(); ++y)
        for (int x = 0; x < in.width(); ++x)
          out(0, y, x) = in(0, std::max(y - 1, 0), std::max(x - 2, 0));
    };
    for (const auto& d : analysis::diffusion_tensors(shift, {1, 30, 30}, 3, anywhere)) {
      CHECK(d.drift_y == 1.0);
      CHECK(d.drift_x == 2.0);
      CHECK(d.major() == 0.0);
    }
  }

  TEST_CASE("spreading along one axis is told with its direction") {
    // Half a pixel along the falling diagonal to both sides.
    Tensor response(1, 9, 9);
    response(0, 3, 3) = response(0, 5, 5) = 0.5F;
    const auto d = analysis::diffusion_from_response(response, 4, 4, 4);
    CHECK(d.anisotropy() == doctest::Approx(1.0));
    CHECK(d.angle() == doctest::Approx(std::atan(1.0)));
    CHECK(d.major() == doctest::Approx(1.0));
    response(0, 4, 4) = -0.25F;
    CHECK(analysis::diffusion_from_response(response, 4, 4, 4).negative == doctest::Approx(0.2));
  }

  TEST_CASE("impulses keep to allowed pixels and fit small pictures") {
    const auto even = [](int y, int x) { return y % 2 == 0 && x % 2 == 0; };
    for (const auto& d : analysis::diffusion_tensors(heat_steps(0.1F, 1), {1, 40, 40}, 2, even))
      CHECK(even(d.y, d.x));
    CHECK(analysis::diffusion_tensors(heat_steps(0.1F, 1), {1, 1, 1}, 4, anywhere).size() == 1);
    CHECK(analysis::diffusion_tensors(heat_steps(0.1F, 1), {1, 1, 9}, 2, [](int, int) {
            return false;
          }).empty());
  }

  TEST_CASE("two zones of diffusivity are told apart by the picture's gradient") {
    std::vector<analysis::DiffusionTensor> tensors;
    Tensor picture(1, 12, 60);
    for (int i = 0; i < 20; ++i) {
      analysis::DiffusionTensor d{.y = 6, .x = 3 * i, .mass = 1.0};
      d.dxx = d.dyy = i < 10 ? 0.2 : 0.05;
      tensors.push_back(d);
      for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 3; ++x) picture(0, y, 3 * i + x) = i < 10 ? 0.0F : 0.1F * (3 * i + x);
    }
    const auto summary = analysis::summary_of(tensors, picture);
    CHECK(summary.flat == doctest::Approx(0.2));
    CHECK(summary.edge == doctest::Approx(0.05));
    CHECK(summary.count == 20);
  }
}
