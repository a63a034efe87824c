// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "observation/sampling.h"
#include "support/compare.h"
#include "support/golden.h"

namespace tessera::observation {
namespace {

constexpr std::pair<int, int> kSizes[] = {{1, 1}, {1, 6},  {5, 1},  {2, 2},
                                          {7, 5}, {8, 12}, {33, 17}};

/// 1 with probability `measured`, at least once.
Tensor random_measured(Shape shape, std::uint64_t seed, double measured) {
  Tensor mask(shape);
  for (std::size_t i = 0; i < shape.count(); ++i)
    mask.data()[i] = base::random_uniform(seed, i) < measured ? 1.0F : 0.0F;
  for (int c = 0; c < shape.channels; ++c) mask(c, shape.height / 2, shape.width / 2) = 1.0F;
  return mask;
}

Tensor product(const Tensor& a, const Tensor& b) {
  Tensor result = a.clone();
  for (std::size_t i = 0; i < a.shape().count(); ++i) result.data()[i] *= b.data()[i];
  return result;
}

/// RGGB mask, or that of pixels at even rows and columns.
Tensor regular_mask(bool bayer, int height, int width) {
  Tensor mask(3, height, width);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const bool even = y % 2 == 0 && x % 2 == 0;
        mask(c, y, x) = (bayer ? bayer_channel(BayerPattern::RGGB, y, x) == c : even) ? 1.0F : 0.0F;
      }
  return mask;
}

/// The definition, pixel by pixel.
float normalised_at(const Tensor& samples, const Tensor& mask, int c, int y, int x) {
  if (mask(c, y, x) > 0.0F) return samples(c, y, x);
  double total = 0.0, weight = 0.0;
  for (int dy = -1; dy <= 1; ++dy)
    for (int dx = -1; dx <= 1; ++dx) {
      if (y + dy < 0 || y + dy >= samples.height()) continue;
      if (x + dx < 0 || x + dx >= samples.width()) continue;
      const double kernel = (2 - std::abs(dy)) * (2 - std::abs(dx));
      total += kernel * samples(c, y + dy, x + dx);
      weight += kernel * mask(c, y + dy, x + dx);
    }
  return weight > 0.0 ? static_cast<float>(total / weight) : 0.0F;
}

void check_golden(const std::string& name) {
  CAPTURE(name);
  const test::Golden golden("operator_estimate_" + name);
  const Tensor samples = golden["samples"], mask = golden["mask"];
  Tensor estimate(samples.shape());
  if (golden.text("observation") == "mask")
    pull_push_estimate(samples, mask, estimate);
  else
    bilinear_estimate(samples, mask, estimate);
  CHECK(test::relative_error(golden["estimate"], estimate) < golden.tolerance());
}

}  // namespace

TEST_SUITE("observation/estimate") {
  TEST_CASE("the bilinear estimate is the normalised convolution of its definition") {
    for (const auto& [height, width] : kSizes)
      for (const bool bayer : {true, false}) {
        const Tensor mask = regular_mask(bayer, height, width);
        const Tensor samples = product(test::random_tensor(mask.shape(), 1), mask);
        Tensor estimate(mask.shape()), expected(mask.shape());
        bilinear_estimate(samples, mask, estimate);
        for (int c = 0; c < 3; ++c)
          for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
              expected(c, y, x) = normalised_at(samples, mask, c, y, x);
        CHECK(test::max_difference(expected, estimate) < 1e-6);
      }
  }
  TEST_CASE("both estimates keep constants, and measured samples bit for bit") {
    for (const auto& [height, width] : kSizes) {
      if (height < 2 || width < 2) continue;  // a line of a Bayer mosaic lacks a colour
      const Tensor mask = regular_mask(true, height, width);
      Tensor estimate(mask.shape());
      const Tensor flat = test::constant_tensor(mask.shape(), 0.7F);
      for (const auto method : {bilinear_estimate, pull_push_estimate}) {
        method(product(flat, mask), mask, estimate);
        CHECK(test::max_difference(flat, estimate) < 2e-7);
        const Tensor samples = product(test::random_tensor(mask.shape(), 2), mask);
        method(samples, mask, estimate);
        CHECK(test::max_difference(samples, product(estimate, mask)) == 0.0);
      }
    }
  }
  TEST_CASE("a ramp decimated by 2 comes back where it has neighbours") {
    Tensor mask = regular_mask(false, 9, 9);
    Tensor ramp(3, 9, 9), estimate(3, 9, 9);
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 9; ++y)
        for (int x = 0; x < 9; ++x) ramp(c, y, x) = 0.05F * y + 0.03F * x + 0.1F * c;
    bilinear_estimate(product(ramp, mask), mask, estimate);
    CHECK(test::max_difference(ramp, estimate) < 2e-7);
  }
  TEST_CASE("pull-push stays inside the range of the samples, whatever the holes") {
    for (const auto& [height, width] : kSizes)
      for (const double measured : {0.0, 0.05, 0.2, 0.9, 1.0}) {
        const Tensor mask = random_measured({2, height, width}, 5, measured);
        const Tensor samples = product(test::random_tensor(mask.shape(), 6, 0.2F, 0.8F), mask);
        Tensor estimate = test::constant_tensor(mask.shape(), -1.0F);
        pull_push_estimate(samples, mask, estimate);
        CHECK(test::max_difference(samples, product(estimate, mask)) == 0.0);
        for (int c = 0; c < 2; ++c) {
          float low = 1.0F, high = 0.0F;
          for (std::size_t i = 0; i < mask.shape().plane(); ++i)
            if (mask.view().plane(c)[i] > 0.0F) {
              low = std::min(low, samples.view().plane(c)[i]);
              high = std::max(high, samples.view().plane(c)[i]);
            }
          for (const float value : estimate.view().channels(c, 1).flat()) {
            REQUIRE(value >= low - 1e-6F);
            REQUIRE(value <= high + 1e-6F);
          }
        }
      }
  }
  TEST_CASE("a hole is filled from what surrounds it, wherever it lies on the pyramid's grids") {
    // White around the hole, black beyond; no grid of the pyramid may mix that in.
    constexpr int kSide = 160, kHole = 32, kMargin = 16;
    for (const int shift : {0, 1, 2, 3, 5, 8, 15, 16, 31}) {
      CAPTURE(shift);
      const int first = 48 + shift, last = first + kHole;
      Tensor samples(1, kSide, kSide), estimate(1, kSide, kSide);
      Tensor mask = test::constant_tensor(samples.shape(), 1.0F);
      for (int y = first - kMargin; y < last + kMargin; ++y)
        for (int x = first - kMargin; x < last + kMargin; ++x) {
          const bool hole = y >= first && y < last && x >= first && x < last;
          samples(0, y, x) = hole ? 0.0F : 1.0F;
          if (hole) mask(0, y, x) = 0.0F;
        }
      pull_push_estimate(samples, mask, estimate);
      float lowest = 1.0F;
      for (int y = first; y < last; ++y)
        for (int x = first; x < last; ++x) lowest = std::min(lowest, estimate(0, y, x));
      CHECK(lowest > 0.97F);
    }
  }
  TEST_CASE("one sample fills the whole picture; no sample leaves zero") {
    for (const auto& [height, width] : kSizes) {
      Tensor mask(2, height, width), samples(2, height, width), estimate(2, height, width);
      mask(0, height - 1, width / 2) = 1.0F;
      samples(0, height - 1, width / 2) = 0.6F;
      pull_push_estimate(samples, mask, estimate);
      Tensor expected(2, height, width);
      std::fill_n(expected.data(), expected.shape().plane(), 0.6F);
      CHECK(test::max_difference(expected, estimate) < 1e-6);
    }
  }
  TEST_CASE("a measured pixel that is black is measured all the same") {
    Tensor mask(1, 1, 2), samples(1, 1, 2), estimate = test::constant_tensor({1, 1, 2}, 0.5F);
    mask(0, 0, 0) = 1.0F;
    pull_push_estimate(samples, mask, estimate);
    CHECK(test::max_abs(estimate) == 0.0);
  }
  TEST_CASE("both equal PyTorch on the golden cases") {
    for (const std::string observation : {"bayer", "decimation2", "mask"})
      for (const std::string size : {"1x1", "2x2", "7x5", "8x12"})
        check_golden(observation + "_" + size);
    check_golden("mask_33x17");
  }
}

}  // namespace tessera::observation
