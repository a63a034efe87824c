// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "support/synthetic_image.h"
#include "tessera/error.h"
#include "tessera/metrics.h"

namespace tessera {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_SUITE("metrics/psnr") {
  TEST_CASE("a picture is infinitely like itself and like its 16-bit twin") {
    for (const int channels : {1, 3}) {
      const Image image = test::textured_image(19, 14, channels);
      CHECK(psnr(image, image) == kInfinity);
      CHECK(psnr(image, test::sixteen_bit_twin(image)) == kInfinity);
      CHECK(psnr(test::sixteen_bit_twin(image), image, {.border = 3}) == kInfinity);
    }
  }
  TEST_CASE("one grey level everywhere is 20 log10(255) dB, at 8 and 16 bits") {
    Image black(7, 5, 1, SampleType::U8), one(7, 5, 1, SampleType::U8);
    test::fill_image<std::uint8_t>(one, [](int, int, int) { return 1; });
    CHECK(psnr(black, one) == doctest::Approx(20.0 * std::log10(255.0)));
    CHECK(psnr(black, test::sixteen_bit_twin(one)) == doctest::Approx(20.0 * std::log10(255.0)));
  }
  TEST_CASE("float pictures and stated maxima have their own white") {
    Image black(3, 3, 3, SampleType::F32), tenth(3, 3, 3, SampleType::F32);
    test::fill_image<float>(tenth, [](int, int, int) { return 0.1F; });
    CHECK(psnr(black, tenth) == doctest::Approx(20.0).epsilon(1e-6));
    Image low(2, 2, 1, SampleType::U16), high(2, 2, 1, SampleType::U16);
    low.set_max_value(1000.0F);
    high.set_max_value(1000.0F);
    test::fill_image<std::uint16_t>(high, [](int, int, int) { return 100; });
    CHECK(psnr(low, high) == doctest::Approx(20.0));
  }
  TEST_CASE("black against white is 0 dB, and order does not matter") {
    Image black(1, 1, 1, SampleType::U8), white(1, 1, 1, SampleType::U8);
    white.colour_row<std::uint8_t>(0)[0] = 255;
    CHECK(psnr(black, white) == doctest::Approx(0.0));
    CHECK(psnr(white, black) == doctest::Approx(0.0));
  }
  TEST_CASE("it equals scikit-image, with and without border") {
    // skimage.metrics.peak_signal_noise_ratio(a, b, data_range=255), version 0.19.3, on the
    // pictures of support/synthetic_image.h made with NumPy; border: on a[1:-1, 1:-1].
    CHECK(psnr(test::textured_image(31, 23, 1), test::spoilt_image(31, 23, 1)) ==
          doctest::Approx(11.443903884345389).epsilon(1e-12));
    const Image rgb = test::textured_image(14, 20, 3), spoilt = test::spoilt_image(14, 20, 3);
    CHECK(psnr(rgb, spoilt) == doctest::Approx(11.531243398516054).epsilon(1e-12));
    CHECK(psnr(rgb, spoilt, {.border = 1}) == doctest::Approx(11.37448528081647).epsilon(1e-12));
  }
  TEST_CASE("alpha does not count") {
    Image first(4, 4, 3, SampleType::U8, true), second(4, 4, 3, SampleType::U8, true);
    first.alpha_row<std::uint8_t>(0)[0] = 200;
    CHECK(psnr(first, second) == kInfinity);
    CHECK(psnr(first, Image(4, 4, 3, SampleType::U8)) == kInfinity);
  }
  TEST_CASE("what cannot be compared is refused, naming both sizes") {
    const Image wide = test::textured_image(5, 4, 3), high = test::textured_image(4, 5, 3);
    CHECK_THROWS_WITH_AS(
        psnr(wide, high),
        "sizes differ: reference 5x4 with 3 channels, restored 4x5 with 3 channels", Error);
    CHECK_THROWS_AS(psnr(wide, test::textured_image(5, 4, 1)), Error);
    CHECK_THROWS_AS(psnr(wide, wide, {.border = 2}), Error);
    CHECK_THROWS_AS(psnr(wide, wide, {.border = 2000000000}), Error);
    CHECK_THROWS_AS(psnr(wide, wide, {.border = -1}), Error);
    CHECK(psnr(wide, wide, {.border = 1}) == kInfinity);
  }
}

}  // namespace tessera
