// SPDX-License-Identifier: MIT
#include "classical/total_variation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "classical/derivatives.h"
#include "classical/mosaics.h"
#include "support/compare.h"

namespace tessera::test {
namespace {

using classical::inpaint_tv;
using classical::total_variation;
using classical::TvOptions;
using classical::TvOrder;
using classical::TvSummary;

constexpr std::array kOrders{TvOrder::First, TvOrder::Second};

/// A picture of which a fraction of the pixels is missing, in all channels alike.
struct Holes {
  Tensor samples, mask;
};

Holes with_holes(TensorView<const float> image, double missing, std::uint64_t seed) {
  Holes holes{Tensor(image.shape()), Tensor(image.shape())};
  const std::size_t plane = image.shape().plane();
  for (std::size_t i = 0; i < image.shape().count(); ++i) {
    const std::size_t pixel = i % plane;
    const bool measured = pixel == 0 || base::random_uniform(seed, pixel) >= missing;
    holes.mask.data()[i] = measured ? 1.0F : 0.0F;
    holes.samples.data()[i] = measured ? image.data()[i] : 0.0F;
  }
  return holes;
}

/// The definition, pixel by pixel.
double total_variation_densely(TensorView<const float> u, TvOrder order) {
  double total = 0.0;
  for (int y = 0; y < u.height(); ++y)
    for (int x = 0; x < u.width(); ++x) {
      const bool right = x + 1 < u.width(), below = y + 1 < u.height();
      double squares = 0.0;
      const auto add = [&](bool exists, double weight, auto&& difference) {
        if (exists) squares += weight * std::pow(difference(), 2.0);
      };
      for (int c = 0; c < u.channels(); ++c) {
        const auto at = [&](int v, int w) { return static_cast<double>(u(c, y + v, x + w)); };
        const bool first = order == TvOrder::First;
        add(first && right, 1, [&] { return at(0, 1) - at(0, 0); });
        add(first && below, 1, [&] { return at(1, 0) - at(0, 0); });
        add(!first && right && x > 0, 1, [&] { return at(0, -1) - 2 * at(0, 0) + at(0, 1); });
        add(!first && below && y > 0, 1, [&] { return at(-1, 0) - 2 * at(0, 0) + at(1, 0); });
        add(!first && right && below, 2, [&] { return at(1, 1) - at(1, 0) - at(0, 1) + at(0, 0); });
      }
      total += std::sqrt(squares);
    }
  return total;
}

/// K and K' on whole pictures through the row kernels.
class Operator {
 public:
  Operator(int height, int width, TvOrder order)
      : height_(height), width_(width), order_(order), forward_(width), central_(width) {
    for (int x = 0; x < width; ++x) {
      forward_[x] = classical::validity_on_line(x, width).forward;
      central_[x] = classical::validity_on_line(x, width).central;
    }
  }
  int planes() const { return classical::derivative_count(order_); }
  Tensor bordered(int count) const { return {count, height_ + 2, width_ + 2}; }

  Tensor forward(Tensor& u) {
    Tensor derivatives = bordered(planes());
    std::vector<float> squares(width_);
    for (int y = 0; y < height_; ++y)
      add_derivatives(order_, geometry(y), u.view().row(0, y + 1) + 1, 1.0F, row(derivatives, y),
                      squares.data());
    return derivatives;
  }
  Tensor adjoint(Tensor& derivatives) {
    Tensor u = bordered(1);
    for (int y = 0; y < height_; ++y)
      adjoint_derivatives(order_, geometry(y), row(derivatives, y), u.view().row(0, y + 1) + 1);
    return u;
  }
  /// Random inside, zero on the border and where a derivative does not exist.
  Tensor random_dual(std::uint64_t seed) {
    Tensor u = random_inside(seed), exists = forward(u);
    for (std::size_t i = 0; i < exists.shape().count(); ++i)
      if (exists.data()[i] != 0.0F) exists.data()[i] = base::random_normal(seed + 1, i);
    return exists;
  }
  Tensor random_inside(std::uint64_t seed) const {
    Tensor u = bordered(1);
    paste_region(random_tensor({1, height_, width_}, seed, -1.0F, 1.0F), u, 1, 1);
    return u;
  }

 private:
  classical::RowGeometry geometry(int y) const {
    return {width_ + 2, width_, forward_.data(), central_.data(),
            classical::validity_on_line(y, height_)};
  }
  classical::DerivativeRow row(Tensor& derivatives, int y) const {
    const auto at = [&](int plane) { return derivatives.view().row(plane, y + 1) + 1; };
    return {at(0), at(1), planes() == 3 ? at(2) : nullptr};
  }
  int height_, width_;
  TvOrder order_;
  std::vector<float> forward_, central_;
};

}  // namespace

TEST_SUITE("classical/total_variation") {
  TEST_CASE("total variation is the sum of its definition at every size") {
    for (const TvOrder order : kOrders)
      for (const Shape size : kAwkwardSizes) {
        const Tensor image = random_tensor({2, size.height, size.width}, 1);
        CHECK(total_variation(image, order) ==
              doctest::Approx(total_variation_densely(image, order)).epsilon(1e-6));
      }
  }

  TEST_CASE("the adjoint is the true adjoint and the norm bound holds") {
    for (const TvOrder order : kOrders)
      for (const Shape size : kAwkwardSizes) {
        Operator op(size.height, size.width, order);
        Tensor u = op.random_inside(2), dual = op.random_dual(3);
        const Tensor forward = op.forward(u), back = op.adjoint(dual);
        CHECK(test::dot(forward, dual) == doctest::Approx(test::dot(u, back)).epsilon(1e-4));
        for (int k = 0; k < 30; ++k) {  // power iteration; values stay in range: 64^30 * 1e-17
          Tensor image = op.forward(u);
          Tensor next = op.adjoint(image);
          const double ratio = test::dot(next, next) / std::max(test::dot(u, u), 1e-30);
          CHECK(std::sqrt(ratio) <= classical::squared_norm_bound(order) * 1.0001);
          const float scale = 1.0F / static_cast<float>(std::max(max_abs(next), 1e-30));
          for (float& value : next.view().flat()) value *= scale;
          u = std::move(next);
        }
      }
  }

  TEST_CASE("measured samples are kept bit for bit, nothing missing changes nothing") {
    for (const TvOrder order : kOrders)
      for (const Shape size : kAwkwardSizes)
        for (const double missing : {0.0, 0.7}) {
          const Tensor image = random_tensor({3, size.height, size.width}, 4);
          const Holes holes = with_holes(image, missing, 5);
          Tensor result(image.shape());
          inpaint_tv(holes.samples, holes.mask, result, {.order = order, .max_iterations = 40});
          bool kept = true, finite = true;
          for (std::size_t i = 0; i < image.shape().count(); ++i) {
            kept = kept && (holes.mask.data()[i] == 0.0F || result.data()[i] == image.data()[i]);
            finite = finite && std::isfinite(result.data()[i]);
          }
          CHECK(kept);
          CHECK(finite);
        }
  }

  TEST_CASE("a constant picture stays constant and is done at once") {
    for (const TvOrder order : kOrders)
      for (const Shape size : kAwkwardSizes) {
        const Tensor grey = constant_tensor({3, size.height, size.width}, 0.6F);
        const Holes holes = with_holes(grey, 0.8, 6);
        Tensor result(grey.shape());
        const TvSummary summary = inpaint_tv(holes.samples, holes.mask, result, {.order = order});
        CHECK(max_difference(grey, result) <= 1e-5);
        CHECK(summary.converged);
        CHECK(summary.iterations <= 20);
      }
  }

  TEST_CASE("second order finds a linear ramp from a few samples") {
    const Tensor expected = ramp({3, 30, 26});
    const Holes holes = with_holes(expected, 0.8, 7);
    Tensor result(expected.shape());
    const TvSummary summary = inpaint_tv(holes.samples, holes.mask, result,
                                         {.relative_change = 1e-7, .max_iterations = 20000});
    CHECK(summary.objective <= 1e-2 * summary.initial_objective);
    CHECK(max_difference(expected, result) <= 2e-3);  // half an 8-bit grey level
  }

  TEST_CASE("the objective falls, is that of the result, and ends within 1e-3 of the optimum") {
    const Tensor truth = scene(40, 48);
    const Holes holes = with_holes(truth, 0.8, 8);
    for (const TvOrder order : kOrders) {
      Tensor result(truth.shape()), optimum(truth.shape());
      const TvSummary summary = inpaint_tv(holes.samples, holes.mask, result, {.order = order});
      CHECK(summary.converged);
      CHECK(summary.relative_change <= 1e-5);
      CHECK(summary.objective < 0.97 * summary.initial_objective);
      CHECK(summary.objective == doctest::Approx(total_variation(result, order)).epsilon(1e-9));
      const TvSummary judge =
          inpaint_tv(holes.samples, holes.mask, optimum,
                     {.order = order, .relative_change = 0.0, .max_iterations = 20000});
      CHECK(summary.objective >= judge.objective * (1.0 - 1e-6));
      CHECK(summary.objective <= judge.objective * (1.0 + 1e-3));
    }
  }

  TEST_CASE("what lies far from a hole does not end its filling") {
    // A ramp with a hole in the middle of a texture: the ramp costs nothing and has to come back.
    constexpr int kSide = 120, kPatch = 28, kHole = 8;
    const Tensor slope = ramp({3, kSide, kSide});
    Tensor samples = random_tensor(slope.shape(), 12);
    Tensor mask = constant_tensor(slope.shape(), 1.0F), result(slope.shape());
    const auto within = [](int y, int x, int side) {
      return std::max(std::abs(2 * y - kSide + 1), std::abs(2 * x - kSide + 1)) < side;
    };
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) {
          if (within(y, x, kPatch)) samples(c, y, x) = slope(c, y, x);
          if (within(y, x, kHole)) samples(c, y, x) = mask(c, y, x) = 0.0F;
        }
    inpaint_tv(samples, mask, result);
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x)
          if (within(y, x, kHole)) {
            REQUIRE(std::abs(result(c, y, x) - slope(c, y, x)) < 2e-3F);
          } else {
            REQUIRE(result(c, y, x) == samples(c, y, x));
          }
  }

  TEST_CASE("one missing pixel gets the value that a search over all values finds") {
    for (const TvOrder order : kOrders) {
      Tensor image = random_tensor({1, 5, 5}, 9);
      Tensor mask = constant_tensor(image.shape(), 1.0F);
      mask(0, 2, 2) = image(0, 2, 2) = 0.0F;
      Tensor result(image.shape());
      inpaint_tv(image, mask, result,
                 {.order = order, .relative_change = 0.0, .max_iterations = 20000});
      double best = INFINITY;
      for (int step = 0; step <= 10000; ++step) {
        image(0, 2, 2) = static_cast<float>(step) * 1e-4F;
        best = std::min(best, total_variation_densely(image, order));
      }
      CHECK(total_variation_densely(result, order) <= best + 1e-5);
    }
  }

  TEST_CASE("an unfinished minimisation says so") {
    const Holes holes = with_holes(scene(20, 20), 0.8, 10);
    Tensor result(3, 20, 20);
    const TvSummary summary = inpaint_tv(holes.samples, holes.mask, result, {.max_iterations = 7});
    CHECK_FALSE(summary.converged);
    CHECK(summary.iterations == 7);
    CHECK(summary.relative_change > 1e-5);
  }

  TEST_CASE("second order beats first order and the bilinear fill on a smooth scene") {
    const Tensor truth = scene(64, 64);
    const Holes holes = with_holes(truth, 0.5, 11);
    std::array<double, 3> decibels{};
    Tensor result(truth.shape());
    classical::inpaint_bilinear(holes.samples, holes.mask, result);
    decibels[0] = psnr_of(truth, result);
    for (const TvOrder order : kOrders) {
      inpaint_tv(holes.samples, holes.mask, result, {.order = order});
      decibels[order == TvOrder::First ? 1 : 2] = psnr_of(truth, result);
    }
    MESSAGE("bilinear " << decibels[0] << ", first " << decibels[1] << ", second " << decibels[2]);
    CHECK(decibels[2] > decibels[0] + 1.0);
    CHECK(decibels[2] > decibels[1] + 1.0);
  }
}

}  // namespace tessera::test
