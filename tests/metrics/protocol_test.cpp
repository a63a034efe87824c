// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/synthetic_image.h"
#include "tessera/error.h"
#include "tessera/metrics.h"

namespace tessera {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Grey as colour.
Image replicated(const Image& grey) {
  Image colour(grey.width(), grey.height(), 3, SampleType::U8);
  test::fill_image<std::uint8_t>(
      colour, [&](int y, int x, int) { return grey.colour_row<std::uint8_t>(y)[x]; });
  return colour;
}

}  // namespace

TEST_SUITE("metrics/protocol") {
  TEST_CASE("luma and grey equal scikit-image on converted pictures") {
    // skimage 0.19.3: rgb2ycbcr(...)[..., 0], and z @ [0.299, 0.587, 0.114], data_range=255.
    const Image a = test::textured_image(14, 20, 3), b = test::spoilt_image(14, 20, 3);
    const MetricProtocol y{.channels = MeasuredChannels::Y};
    CHECK(psnr(a, b, y) == doctest::Approx(14.070242487602647).epsilon(1e-9));
    CHECK(psnr(a, b, {.channels = MeasuredChannels::Y, .border = 1}) ==
          doctest::Approx(13.852869049179176).epsilon(1e-9));
    CHECK(ssim(a, b, y) == doctest::Approx(0.48992442480774034).epsilon(1e-9));
    const MetricProtocol grey{.channels = MeasuredChannels::Grey};
    CHECK(psnr(a, b, grey) == doctest::Approx(12.748321175725913).epsilon(1e-9));
    CHECK(ssim(a, b, grey) == doctest::Approx(0.47502169962875407).epsilon(1e-9));
  }
  TEST_CASE("grey is its own luma, beside colour too") {
    const Image a = test::textured_image(13, 12, 1), b = test::spoilt_image(13, 12, 1);
    const MetricProtocol grey{.channels = MeasuredChannels::Grey};
    CHECK(psnr(a, b, grey) == doctest::Approx(psnr(a, b)).epsilon(1e-12));
    CHECK(psnr(replicated(a), b, grey) == doctest::Approx(psnr(a, b)).epsilon(1e-12));
    CHECK_THROWS_AS(psnr(replicated(a), b), Error);
  }
  TEST_CASE("a stated white replaces that of the files") {
    Image low(2, 2, 1, SampleType::U16), high(2, 2, 1, SampleType::U16);
    test::fill_image<std::uint16_t>(high, [](int, int, int) { return 100; });
    CHECK(psnr(low, high, {.white = 1000.0}) == doctest::Approx(20.0));
    CHECK_THROWS_AS(psnr(low, high, {.white = -1.0}), Error);
    CHECK_THROWS_AS(psnr(low, high, {.white = kInfinity}), Error);
  }
  TEST_CASE("alpha counts when colours are laid over a background") {
    Image opaque(3, 2, 1, SampleType::U8, true), clear(3, 2, 1, SampleType::U8, true);
    test::fill_image<std::uint8_t>(opaque, [](int, int, int) { return 255; });
    test::fill_image<std::uint8_t>(clear, [](int, int, int) { return 255; });
    for (int x = 0; x < 3; ++x)
      for (int y = 0; y < 2; ++y) opaque.alpha_row<std::uint8_t>(y)[x] = 255;
    CHECK(psnr(opaque, clear) == kInfinity);
    CHECK(psnr(opaque, clear, {.alpha = AlphaPolicy::OverWhite}) == kInfinity);
    CHECK(psnr(opaque, clear, {.alpha = AlphaPolicy::OverBlack}) == doctest::Approx(0.0));
  }
  TEST_CASE("alpha of 16 bits and of floats covers as that of 8 bits") {
    Image eight(1, 1, 1, SampleType::U8, true), sixteen(1, 1, 1, SampleType::U16, true),
        real(1, 1, 1, SampleType::F32, true);
    eight.alpha_row<std::uint8_t>(0)[0] = 51;
    sixteen.alpha_row<std::uint16_t>(0)[0] = 257 * 51;
    real.alpha_row<float>(0)[0] = 0.2F;
    const MetricProtocol over_white{.alpha = AlphaPolicy::OverWhite};
    CHECK(psnr(eight, sixteen, over_white) == kInfinity);
    CHECK(psnr(eight, real, over_white) > 150.0);  // 0.2 as a float
  }
  TEST_CASE("alpha within a border is that of the pixels there") {
    Image all(5, 5, 1, SampleType::U8, true), inner(5, 5, 1, SampleType::U8, true);
    for (Image* image : {&all, &inner})
      test::fill_image<std::uint8_t>(*image, [](int, int, int) { return 255; });
    for (int y = 0; y < 5; ++y)
      for (int x = 0; x < 5; ++x) {
        all.alpha_row<std::uint8_t>(y)[x] = 255;
        inner.alpha_row<std::uint8_t>(y)[x] = x > 0 ? 255 : 0;
      }
    CHECK(psnr(all, inner, {.alpha = AlphaPolicy::OverBlack}) < 20.0);
    CHECK(psnr(all, inner, {.border = 1, .alpha = AlphaPolicy::OverBlack}) == kInfinity);
  }
  TEST_CASE("the worst pixel is where and what it is") {
    // From NumPy: |a - b| is largest, 163, first at row 10, column 8, channel 0: 248 against 85.
    const Image a = test::textured_image(14, 20, 3), b = test::spoilt_image(14, 20, 3);
    const WorstPixel worst = worst_pixel(a, b);
    CHECK(worst.x == 8);
    CHECK(worst.y == 10);
    CHECK(worst.channel == 0);
    CHECK(worst.reference * 255.0 == doctest::Approx(248.0));
    CHECK(worst.restored * 255.0 == doctest::Approx(85.0));
    CHECK(worst.difference() * 255.0 == doctest::Approx(163.0));
    CHECK(worst_pixel(a, a).difference() == 0.0);
    // Within a border the place is still that of the whole picture.
    const WorstPixel inner = worst_pixel(a, b, {.border = 2});
    CHECK(inner.x == worst.x);
    CHECK(inner.y == worst.y);
    CHECK(inner.difference() == worst.difference());
  }
  TEST_CASE("of several worst pixels the first in reading order is told") {
    const Image black(4, 3, 1, SampleType::U8);
    Image spotted = black.clone();
    for (const auto& [y, x] : {std::pair{1, 2}, std::pair{1, 3}, std::pair{2, 0}})
      spotted.colour_row<std::uint8_t>(y)[x] = 9;
    const WorstPixel worst = worst_pixel(black, spotted);
    CHECK(worst.x == 2);
    CHECK(worst.y == 1);
  }
  TEST_CASE("the protocol is told in one line") {
    CHECK(text_from_protocol({.channels = MeasuredChannels::Y, .border = 4}) ==
          "channels y, border 4, range 0 to the white of each file, alpha ignored; SSIM Gaussian "
          "11x11 sigma 1.5, valid region; MS-SSIM 5 scales, sides from 161; mean of per-image "
          "values");
  }
}

TEST_SUITE("metrics/bootstrap") {
  TEST_CASE("equal values leave no doubt, and the interval holds the mean") {
    const ConfidenceInterval sure = bootstrap_interval_of_mean(std::vector<double>(7, 2.5), 1);
    CHECK(sure.low == doctest::Approx(2.5));
    CHECK(sure.high == doctest::Approx(2.5));
    const std::vector<double> values{3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0};
    const ConfidenceInterval interval = bootstrap_interval_of_mean(values, 1);
    CHECK(interval.low < 3.875);
    CHECK(interval.high > 3.875);
    // Twice the same seed, twice the same draw; another seed is near.
    CHECK(bootstrap_interval_of_mean(values, 1).low == interval.low);
    CHECK(bootstrap_interval_of_mean(values, 2).low == doctest::Approx(interval.low).epsilon(0.05));
  }
  TEST_CASE("of values with the other sign it is the interval with the other sign") {
    std::vector<double> values, opposite;
    for (int i = 0; i < 50; ++i) {
      values.push_back(std::sqrt(2.0 + i));
      opposite.push_back(-values.back());
    }
    const ConfidenceInterval interval = bootstrap_interval_of_mean(values, 4),
                             mirrored = bootstrap_interval_of_mean(opposite, 4);
    CHECK(mirrored.low == -interval.high);
    CHECK(mirrored.high == -interval.low);
  }
  TEST_CASE("of many values it is the interval of the normal distribution") {
    // Of 0 and 1 in equal parts, n = 400: standard error 0.025, so 0.5 -+ 1.96 * 0.025.
    std::vector<double> values(400);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 2);
    const ConfidenceInterval interval = bootstrap_interval_of_mean(values, 3);
    // Means are multiples of 0.0025, and 10,000 resamples place the quantile to 0.0004.
    CHECK(std::abs(interval.low - 0.451) < 0.004);
    CHECK(std::abs(interval.high - 0.549) < 0.004);
  }
}

}  // namespace tessera
