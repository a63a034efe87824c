// SPDX-License-Identifier: MIT
#include "analysis/measures/sure.h"

#include <doctest/doctest.h>

#include <cmath>

#include "planes.h"

namespace {

using namespace tessera;

constexpr double kSigma = 25.0 / 255.0;

/// Heat steps of 0.2, which are linear, symmetric and have a known trace.
Tensor smoothed(TensorView<const float> in, int steps) {
  Tensor out(in.shape());
  std::copy_n(in.data(), in.shape().count(), out.data());
  for (int i = 0; i < steps; ++i) out = test::heat_step(out, 0.2F);
  return out;
}

analysis::PlaneMap smoother(int steps) {
  return [steps](TensorView<const float> in, TensorView<float> out) {
    const Tensor result = smoothed(in, steps);
    std::copy_n(result.data(), result.shape().count(), out.data());
  };
}

Tensor noisy(const Tensor& clean, std::uint64_t seed) {
  const Tensor noise = analysis::white_noise(clean.shape(), seed);
  Tensor y(clean.shape());
  for (std::size_t i = 0; i < y.shape().count(); ++i)
    y.data()[i] = clean.data()[i] + static_cast<float>(kSigma) * noise.data()[i];
  return y;
}

}  // namespace

TEST_SUITE("analysis/sure") {
  TEST_CASE("of a linear filter it is the closed form |y - Fy|^2/N - s^2 + 2 s^2 tr F / N") {
    // tr F / N of one step of 0.2 on a 48 x 48 grid: 1 - 0.2 * (4 - 2/48 - 2/48) = 0.216667.
    const Shape shape{1, 48, 48};
    const Tensor y = noisy(test::smooth_planes(shape, 1), 2);
    const auto sure = analysis::sure_of(smoother(1), y, kSigma, 64, 3);
    const double df = 1.0 - 0.2 * (4.0 - 4.0 / 48.0);
    // Standard error: sqrt(2 * 4 * 0.04) / 48 / 8.
    CHECK(std::abs(sure.df - df) < 0.006);
    const Tensor removed = analysis::difference(smoothed(y, 1), y);
    const double closed = analysis::dot(removed, removed) / (48.0 * 48.0) - kSigma * kSigma +
                          2.0 * kSigma * kSigma * sure.df;
    CHECK(sure.mse == doctest::Approx(closed).epsilon(1e-5));
    CHECK(sure.psnr == doctest::Approx(-10.0 * std::log10(closed)).epsilon(1e-5));
    CHECK(sure.averaged == doctest::Approx(1.0 / sure.df));
  }

  TEST_CASE("its mean over 50 draws of noise is the mean error, within two standard errors") {
    const Shape shape{1, 40, 44};
    const Tensor clean = test::smooth_planes(shape, 1);
    double sum = 0.0, squares = 0.0;
    constexpr int kDraws = 50;
    for (int draw = 0; draw < kDraws; ++draw) {
      const Tensor y = noisy(clean, static_cast<std::uint64_t>(100 + draw));
      const Tensor error = analysis::difference(clean, smoothed(y, 3));
      const double mse = analysis::dot(error, error) / static_cast<double>(shape.count());
      const double gap =
          analysis::sure_of(smoother(3), y, kSigma, 4, static_cast<std::uint64_t>(draw)).mse - mse;
      sum += gap, squares += gap * gap;
    }
    const double mean = sum / kDraws;
    const double error = std::sqrt((squares / kDraws - mean * mean) / kDraws);
    CHECK(std::abs(mean) < 2.0 * error);
    CHECK(error < 0.05 * kSigma * kSigma);
  }
}
