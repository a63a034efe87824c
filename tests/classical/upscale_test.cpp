// SPDX-License-Identifier: MIT
#include "classical/upscale.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "classical/mosaics.h"
#include "support/compare.h"

namespace tessera::test {
namespace {

using Upscaler = void (*)(TensorView<const float>, TensorView<float>);
constexpr std::array<Upscaler, 2> kUpscalers{classical::upscale2_bilinear,
                                             classical::upscale2_bicubic};

Tensor upscaled(Upscaler method, TensorView<const float> measured) {
  Tensor result(measured.channels(), 2 * measured.height(), 2 * measured.width());
  method(measured, result);
  return result;
}

/// Keys 1981, equation 15: the cubic convolution kernel with a = -1/2.
double keys(double s) {
  s = std::abs(s);
  if (s < 1.0) return 1.5 * s * s * s - 2.5 * s * s + 1.0;
  if (s < 2.0) return -0.5 * s * s * s + 2.5 * s * s - 4.0 * s + 2.0;
  return 0.0;
}

double triangle(double s) { return std::max(0.0, 1.0 - std::abs(s)); }

/// The sum over all measured pixels, weighted by the kernel, at every position.
Tensor interpolated_densely(TensorView<const float> measured, double (*kernel)(double)) {
  const int height = measured.height(), width = measured.width();
  Tensor result(measured.channels(), 2 * height, 2 * width);
  for (int c = 0; c < measured.channels(); ++c)
    for (int y = 0; y < 2 * height; ++y)
      for (int x = 0; x < 2 * width; ++x) {
        double sum = 0.0;
        for (int v = -3; v < height + 3; ++v)
          for (int u = -3; u < width + 3; ++u)
            sum += kernel(0.5 * y - v) * kernel(0.5 * x - u) *
                   measured(c, std::clamp(v, 0, height - 1), std::clamp(u, 0, width - 1));
        result(c, y, x) = static_cast<float>(sum);
      }
  return result;
}

/// a + b x + c y + d x y + e x^2 + f y^2 on the fine grid.
float quadratic(int y, int x, float bend) {
  const float u = 0.01F * static_cast<float>(x), v = 0.01F * static_cast<float>(y);
  return 0.3F + u - 0.5F * v + 0.8F * u * v + bend * (u * u - 2.0F * v * v);
}

}  // namespace

TEST_SUITE("classical/upscale") {
  TEST_CASE("a constant picture stays constant and measured pixels are kept bit for bit") {
    for (const Upscaler method : kUpscalers)
      for (const Shape shape : kAwkwardSizes) {
        const Tensor grey = upscaled(method, constant_tensor(shape, 0.3F));
        CHECK(max_difference(constant_tensor(grey.shape(), 0.3F), grey) <= 1e-7);
        const Tensor measured = random_tensor({2, shape.height, shape.width}, 1);
        const Tensor result = upscaled(method, measured);
        bool kept = true;
        for (int c = 0; c < 2; ++c)
          for (int y = 0; y < shape.height; ++y)
            for (int x = 0; x < shape.width; ++x)
              kept = kept && result(c, 2 * y, 2 * x) == measured(c, y, x);
        CHECK(kept);
      }
  }

  TEST_CASE("both are the separable sums over their kernels, the border pixel repeated") {
    for (const Shape shape : {Shape{1, 1, 1}, Shape{2, 1, 7}, Shape{1, 5, 1}, Shape{3, 7, 6}}) {
      const Tensor measured = random_tensor(shape, 2);
      CHECK(max_difference(interpolated_densely(measured, triangle),
                           upscaled(classical::upscale2_bilinear, measured)) <= 1e-6);
      CHECK(max_difference(interpolated_densely(measured, keys),
                           upscaled(classical::upscale2_bicubic, measured)) <= 1e-6);
    }
  }

  TEST_CASE("bilinear reproduces a x y, bicubic any quadratic, away from the border") {
    for (const Upscaler method : kUpscalers) {
      const float bend = method == classical::upscale2_bicubic ? 0.7F : 0.0F;
      Tensor measured(1, 12, 10);
      for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 10; ++x) measured(0, y, x) = quadratic(2 * y, 2 * x, bend);
      const Tensor result = upscaled(method, measured);
      double worst = 0.0;
      for (int y = 2; y < 21; ++y)
        for (int x = 2; x < 17; ++x)
          worst = std::max(worst,
                           std::abs(static_cast<double>(result(0, y, x) - quadratic(y, x, bend))));
      CHECK(worst <= 1e-6);
    }
  }
}

}  // namespace tessera::test
