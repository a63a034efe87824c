// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "base/random.h"
#include "support/compare.h"
#include "support/error_code.h"
#include "support/golden.h"
#include "support/synthetic_image.h"
#include "tessera/error.h"
#include "tessera/observation.h"

namespace tessera {

TEST_SUITE("observation/degrade") {
  TEST_CASE("a picture without pixels is refused") {
    CHECK(test::code_of([] { decimate(Image()); }) == ErrorCode::BadImage);
    CHECK(test::code_of([] { add_gaussian_noise(Image(), 5.0, 1); }) == ErrorCode::BadImage);
  }
  TEST_CASE("decimation keeps pixels at even rows and columns, alpha and white") {
    for (const auto& [width, height] : {std::pair{1, 1}, {5, 1}, {1, 4}, {7, 6}, {8, 5}}) {
      Image image(width, height, 3, SampleType::U16, true);
      test::fill_image<std::uint16_t>(image, test::textured_sample);
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          image.alpha_row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(10 * y + x);
      image.set_max_value(1023.0F);
      const Image small = decimate(image);
      CHECK(small.width() == (width + 1) / 2);
      CHECK(small.height() == (height + 1) / 2);
      CHECK(small.max_value() == 1023.0F);
      for (int y = 0; y < small.height(); ++y)
        for (int x = 0; x < small.width(); ++x) {
          CHECK(small.alpha_row<std::uint16_t>(y)[x] == 20 * y + 2 * x);
          for (int c = 0; c < 3; ++c)
            CHECK(small.colour_row<std::uint16_t>(y)[3 * x + c] ==
                  test::textured_sample(2 * y, 2 * x, c));
        }
    }
    Image grey = test::textured_image(3, 3, 1);
    grey.metadata.xmp.resize(7);
    CHECK(decimate(grey).metadata.xmp == grey.metadata.xmp);
    CHECK(decimate(grey).channels() == 1);
    CHECK_FALSE(decimate(grey).has_alpha());
  }
  TEST_CASE("a random mask misses the fraction asked for, and only its seed matters") {
    const auto measured = [](const Image& mask) {
      int count = 0;
      for (int y = 0; y < mask.height(); ++y)
        for (int x = 0; x < mask.width(); ++x) {
          const int value = mask.colour_row<std::uint8_t>(y)[x];
          REQUIRE((value == 0 || value == 255));
          count += value == 255 ? 1 : 0;
        }
      return count;
    };
    CHECK(measured(random_mask(31, 17, 0.0, 1)) == 31 * 17);
    CHECK(measured(random_mask(31, 17, 1.0, 1)) == 0);
    // Three standard deviations of 40000 draws: 3 sqrt(0.8 * 0.2 * 40000) = 240.
    CHECK(std::abs(measured(random_mask(200, 200, 0.8, 5)) - 8000) < 240);
    const Image one = random_mask(9, 7, 0.5, 3), other = random_mask(9, 7, 0.5, 4);
    int differing = 0;
    for (int y = 0; y < 7; ++y)
      for (int x = 0; x < 9; ++x) {
        const bool missing = base::random_uniform(3, 9 * y + x) < 0.5;
        CHECK(one.colour_row<std::uint8_t>(y)[x] == (missing ? 0 : 255));
        differing +=
            one.colour_row<std::uint8_t>(y)[x] != other.colour_row<std::uint8_t>(y)[x] ? 1 : 0;
      }
    CHECK(differing > 0);
  }
  TEST_CASE("noise has the strength asked for at every depth, and is neither clipped nor rounded") {
    Image black8(160, 150, 3, SampleType::U8), black16(160, 150, 3, SampleType::U16);
    const Image noisy8 = add_gaussian_noise(black8, 25.0, 7);
    const Image noisy16 = add_gaussian_noise(black16, 25.0, 7);
    CHECK(noisy8.type() == SampleType::F32);
    CHECK(noisy8.max_value() == 1.0F);
    double sum = 0.0, squares = 0.0;
    for (int y = 0; y < 150; ++y)
      for (int i = 0; i < 3 * 160; ++i) {
        const double value = noisy8.colour_row<float>(y)[i];
        REQUIRE(noisy16.colour_row<float>(y)[i] == noisy8.colour_row<float>(y)[i]);
        sum += value;
        squares += value * value;
      }
    const double n = 3.0 * 160.0 * 150.0, sigma = 25.0 / 255.0;
    CHECK(std::abs(sum / n) < 3.0 * sigma / std::sqrt(n));
    CHECK(std::abs(std::sqrt(squares / n) / sigma - 1.0) < 3.0 / std::sqrt(2.0 * n));
  }
  TEST_CASE("sigma 0 scales to [0, 1] and changes nothing else; alpha and metadata stay") {
    Image image(4, 3, 1, SampleType::U16, true);
    image.set_max_value(1000.0F);
    test::fill_image<std::uint16_t>(image, test::textured_sample);
    image.alpha_row<std::uint16_t>(2)[3] = 500;
    image.metadata.exif.resize(4);
    const Image scaled = add_gaussian_noise(image, 0.0, 1);
    REQUIRE(scaled.width() == 4);
    REQUIRE(scaled.height() == 3);
    for (int y = 0; y < 3; ++y)
      for (int x = 0; x < 4; ++x)
        CHECK(scaled.colour_row<float>(y)[x] ==
              doctest::Approx(test::textured_sample(y, x, 0) / 1000.0));
    CHECK(scaled.alpha_row<float>(2)[3] == 0.5F);
    CHECK(scaled.metadata.exif.size() == 4);
    Image wide(1, 1, 1, SampleType::F32);
    wide.colour_row<float>(0)[0] = -3.5F;
    CHECK(add_gaussian_noise(wide, 0.0, 1).colour_row<float>(0)[0] == -3.5F);
  }
  TEST_CASE("noise equals the training code's on the golden cases") {
    for (const std::string seed : {"0", "1", "2026"}) {
      const test::Golden golden("operator_noise_" + seed);
      const Tensor expected = golden["noise"];
      const Image black(expected.width(), expected.height(), 3, SampleType::F32);
      // Sigma 255 in 8-bit levels is 1 in [0, 1]: the noise itself.
      const Image noisy = add_gaussian_noise(black, 255.0, std::stoull(seed));
      Tensor found(expected.shape());
      for (int c = 0; c < 3; ++c)
        for (int y = 0; y < expected.height(); ++y)
          for (int x = 0; x < expected.width(); ++x)
            found(c, y, x) = noisy.colour_row<float>(y)[3 * x + c];
      CHECK(test::relative_error(expected, found) < golden.tolerance());
    }
  }
  TEST_CASE("impossible requests are refused") {
    const Image image(2, 2, 1, SampleType::U8);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(add_gaussian_noise(image, -1.0, 1), Error);
    CHECK_THROWS_AS(add_gaussian_noise(image, nan, 1), Error);
    CHECK_THROWS_AS(add_gaussian_noise(image, INFINITY, 1), Error);
    CHECK_THROWS_AS(random_mask(2, 2, 1.01, 1), Error);
    CHECK_THROWS_AS(random_mask(2, 2, -0.01, 1), Error);
    CHECK_THROWS_AS(random_mask(2, 2, nan, 1), Error);
    CHECK_THROWS_AS(random_mask(0, 2, 0.5, 1), Error);
  }
}

}  // namespace tessera
