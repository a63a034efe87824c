// SPDX-License-Identifier: MIT
#include "classical/demosaic.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "classical/mosaics.h"
#include "support/compare.h"

namespace tessera::test {
namespace {

enum class Flip { Horizontal, Vertical, Both };

Tensor flipped(TensorView<const float> image, Flip flip) {
  Tensor result(image.shape());
  for (int c = 0; c < image.channels(); ++c)
    for (int y = 0; y < image.height(); ++y)
      for (int x = 0; x < image.width(); ++x)
        result(c, flip == Flip::Horizontal ? y : image.height() - 1 - y,
               flip == Flip::Vertical ? x : image.width() - 1 - x) = image(c, y, x);
  return result;
}

/// Pattern of the flipped mosaic.
BayerPattern flipped(BayerPattern pattern, Shape shape, Flip flip) {
  return pattern_at(pattern, flip == Flip::Horizontal ? 0 : shape.height - 1,
                    flip == Flip::Vertical ? 0 : shape.width - 1);
}

Tensor cropped(TensorView<const float> image, Region region) {
  Tensor result(image.channels(), region.height, region.width);
  copy_region(image, region, result);
  return result;
}

}  // namespace

TEST_SUITE("classical/demosaic") {
  TEST_CASE("a constant grey picture stays constant at every size and phase") {
    for (const Demosaicker method : kDemosaickers)
      for (const Shape shape : kAwkwardSizes)
        for (const BayerPattern pattern : kPatterns) {
          const Tensor grey = constant_tensor(shape, 0.7F);
          const Tensor expected = constant_tensor({3, shape.height, shape.width}, 0.7F);
          CHECK(max_difference(expected, demosaicked(method, grey, pattern)) <= 1e-6);
        }
  }

  TEST_CASE("measured samples are kept bit for bit at every size and phase") {
    for (const Demosaicker method : kDemosaickers)
      for (const Shape shape : kAwkwardSizes)
        for (const BayerPattern pattern : kPatterns) {
          const Tensor mosaic = random_tensor(shape, 3);
          const Tensor rgb = demosaicked(method, mosaic, pattern);
          CHECK(max_difference(mosaic, mosaic_of(rgb, pattern)) == 0.0);
        }
  }

  TEST_CASE("mirroring the mosaic mirrors the result bit for bit, which swaps the four phases") {
    for (const Demosaicker method : kDemosaickers)
      for (const Shape shape : kAwkwardSizes)
        for (const BayerPattern pattern : kPatterns)
          for (const Flip flip : {Flip::Horizontal, Flip::Vertical, Flip::Both}) {
            const Tensor mosaic = random_tensor(shape, 4);
            const Tensor expected = flipped(demosaicked(method, mosaic, pattern), flip);
            const Tensor found =
                demosaicked(method, flipped(mosaic, flip), flipped(pattern, shape, flip));
            CHECK(max_difference(expected, found) == 0.0);
          }
  }

  TEST_CASE("a part of a mosaic gives the same pixels away from its border") {
    // Also shows that no pixel depends on where tiles begin.
    constexpr int kMargin = 9;
    const Tensor mosaic = random_tensor({1, 150, 540}, 5);
    for (const Demosaicker method : kDemosaickers) {
      const Tensor whole = demosaicked(method, mosaic, BayerPattern::GRBG);
      for (const Region part : {Region{0, 0, 140, 530}, Region{3, 5, 140, 520},
                                Region{8, 1, 100, 300}, Region{1, 2, 70, 261}}) {
        const Tensor found = demosaicked(method, cropped(mosaic, part),
                                         pattern_at(BayerPattern::GRBG, part.top, part.left));
        const Region inside{kMargin, kMargin, part.height - 2 * kMargin, part.width - 2 * kMargin};
        const Region same{part.top + kMargin, part.left + kMargin, inside.height, inside.width};
        CHECK(max_difference(cropped(whole, same), cropped(found, inside)) == 0.0);
      }
    }
  }

  TEST_CASE("linear ramps with different slopes per colour are reproduced inside") {
    const Tensor expected = ramp({3, 40, 44});
    const Region inside{9, 9, 22, 26};
    for (const Demosaicker method : kDemosaickers)
      for (const BayerPattern pattern : kPatterns) {
        const Tensor found = demosaicked(method, mosaic_of(expected, pattern), pattern);
        CHECK(max_difference(cropped(expected, inside), cropped(found, inside)) <= 1e-6);
      }
  }

  TEST_CASE("in a picture of one row green stays green and the lost colour follows the other") {
    for (const Demosaicker method : kDemosaickers) {
      Tensor row(1, 1, 12);
      for (int x = 0; x < 12; ++x) row(0, 0, x) = x % 2 == 0 ? 0.25F : 0.5F;  // R G R G ...
      const Tensor rgb = demosaicked(method, row, BayerPattern::RGGB);
      for (int x = 0; x < 12; ++x) {
        CHECK(rgb(0, 0, x) == doctest::Approx(0.25));
        CHECK(rgb(1, 0, x) == doctest::Approx(0.5));
        CHECK(rgb(2, 0, x) == doctest::Approx(0.25));
      }
    }
  }

  TEST_CASE("directional beats linear, linear beats bilinear on a colourful scene") {
    const Tensor truth = scene(96, 128);
    std::array<double, 3> decibels{};
    for (std::size_t i = 0; i < decibels.size(); ++i) {
      const Tensor mosaic = mosaic_of(truth, BayerPattern::RGGB);
      decibels[i] = psnr_of(truth, demosaicked(kDemosaickers[i], mosaic, BayerPattern::RGGB));
    }
    MESSAGE("bilinear " << decibels[0] << ", malvar " << decibels[1] << ", menon " << decibels[2]);
    CHECK(decibels[1] > decibels[0] + 3.0);
    CHECK(decibels[2] > decibels[1] + 1.0);
  }
}

}  // namespace tessera::test
