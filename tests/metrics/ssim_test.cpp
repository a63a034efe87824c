// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "support/synthetic_image.h"
#include "tessera/error.h"
#include "tessera/metrics.h"

namespace tessera {

TEST_SUITE("metrics/ssim") {
  TEST_CASE("a picture is 1 with itself and with its 16-bit twin") {
    for (const int channels : {1, 3}) {
      const Image image = test::textured_image(19, 14, channels);
      CHECK(ssim(image, image) == doctest::Approx(1.0).epsilon(1e-12));
      CHECK(ssim(image, test::sixteen_bit_twin(image)) == doctest::Approx(1.0).epsilon(1e-12));
    }
  }
  TEST_CASE("it is symmetric and at most 1") {
    const Image a = test::textured_image(17, 12, 3), b = test::spoilt_image(17, 12, 3);
    CHECK(ssim(a, b) == doctest::Approx(ssim(b, a)).epsilon(1e-12));
    CHECK(ssim(a, b) < 1.0);
  }
  TEST_CASE("flat pictures give the luminance term alone") {
    Image black(11, 13, 1, SampleType::F32), grey(11, 13, 1, SampleType::F32);
    test::fill_image<float>(grey, [](int, int, int) { return 0.5F; });
    CHECK(ssim(black, grey) == doctest::Approx(1e-4 / (0.25 + 1e-4)).epsilon(1e-9));
  }
  TEST_CASE("it equals scikit-image and a direct sum over two-dimensional windows") {
    // skimage.metrics.structural_similarity(a, b, gaussian_weights=True, sigma=1.5,
    // use_sample_covariance=False, data_range=255[, channel_axis=2]), version 0.19.3, and the same
    // from numpy sliding_window_view(z, (11, 11)) times the outer product of the Gaussian, agreeing
    // to 14 digits, on the pictures of support/synthetic_image.h.
    const auto value = [](int width, int height, int channels, int border) {
      return ssim(test::textured_image(width, height, channels),
                  test::spoilt_image(width, height, channels), {.border = border});
    };
    CHECK(value(31, 23, 1, 0) == doctest::Approx(0.49447625767234993).epsilon(1e-11));
    CHECK(value(11, 11, 1, 0) == doctest::Approx(0.47410016603225424).epsilon(1e-11));
    CHECK(value(14, 20, 3, 0) == doctest::Approx(0.5105534008889646).epsilon(1e-11));
    CHECK(value(14, 20, 3, 1) == doctest::Approx(0.5223603424796032).epsilon(1e-11));
  }
  TEST_CASE("pictures smaller than the window, or of two sizes, are refused") {
    const Image small = test::textured_image(10, 30, 1), large = test::textured_image(12, 30, 1);
    CHECK_THROWS_AS(ssim(small, small), Error);
    CHECK_THROWS_AS(ssim(large, large, {.border = 1}), Error);
    CHECK_THROWS_AS(ssim(small, large), Error);
  }
}

}  // namespace tessera
