// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "support/golden_model.h"
#include "support/pictures.h"
#include "tessera/denoise.h"
#include "tessera/interpolate.h"

using namespace tessera;

namespace {

/// A power of two: scaling by it rounds nothing.
constexpr float kWhite = 64.0F;

/// The same picture, every sample and white times kWhite.
Image times_white(const Image& picture) {
  Image scaled = picture.clone();
  scaled.set_max_value(kWhite * picture.max_value());
  const std::size_t pixels = picture.pixels();
  for (std::size_t i = 0; i < pixels * picture.channels(); ++i)
    scaled.colour_row<float>(0)[i] *= kWhite;
  for (std::size_t i = 0; picture.has_alpha() && i < pixels; ++i)
    scaled.alpha_row<float>(0)[i] *= kWhite;
  return scaled;
}

/// Expects that restoring commutes with another white; of colours also with alpha.
void expect_scaled_result(int channels, const std::function<Image(const Image&)>& restore) {
  for (const bool with_alpha : {false, true}) {
    if (with_alpha && channels == 1) continue;  // a mosaic
    Image picture = test::random_picture(22, 18, channels, SampleType::F32, 7, with_alpha);
    if (with_alpha) picture.alpha_row<float>(3)[5] = 0.0F;
    // Beyond black and white, as floats may be.
    picture.colour_row<float>(2)[4] = 1.3F;
    picture.colour_row<float>(9)[1] = -0.2F;
    const Image expected = times_white(restore(picture));
    const Image found = restore(times_white(picture));
    CHECK(found.max_value() == kWhite);
    CHECK(test::max_difference(expected, found) == 0.0);
    if (!with_alpha) continue;
    for (int y = 0; y < found.height(); ++y)
      for (int x = 0; x < found.width(); ++x)
        CHECK(found.alpha_row<float>(y)[x] == expected.alpha_row<float>(y)[x]);
  }
}

}  // namespace

TEST_SUITE("pipeline/float_white") {
  TEST_CASE("a picture of floats is denoised by its own white") {
    const Model model = test::golden_model("mixture_noise_18x22");
    DenoiseOptions options;
    options.sigma = 25.0;
    for (const bool self_ensemble : {false, true}) {
      CAPTURE(self_ensemble);
      options.self_ensemble = self_ensemble;
      expect_scaled_result(
          3, [&](const Image& noisy) { return denoise(noisy, nullptr, &model, options); });
    }
    options.self_ensemble = false;
    options.method = DenoiseMethod::NonlocalMeans;
    expect_scaled_result(
        3, [&](const Image& noisy) { return denoise(noisy, nullptr, nullptr, options); });
    CHECK(estimate_noise(times_white(test::random_picture(64, 64, 3, SampleType::F32, 3))) ==
          estimate_noise(test::random_picture(64, 64, 3, SampleType::F32, 3)));
  }

  TEST_CASE("a picture of floats is interpolated by its own white") {
    const auto expect_with = [](const std::string& name, int channels,
                                const InterpolateOptions& options, const Image* mask) {
      CAPTURE(name);
      const Model model = test::golden_model(name);
      expect_scaled_result(channels, [&](const Image& observed) {
        return interpolate(observed, mask, &model, options);
      });
    };
    for (const bool self_ensemble : {false, true}) {
      InterpolateOptions options;
      options.self_ensemble = self_ensemble;
      expect_with("mixture_bayer_18x22", 1, options, nullptr);
      options.missing = MissingPixels::UpscaleGrid;
      for (options.scale = 2; options.scale <= 4; options.scale += 2)
        expect_with("mixture_decimation2_18x22", 3, options, nullptr);
      options.missing = MissingPixels::MaskFile;
      options.scale = 2;
      const Image mask = test::half_mask(22, 18);
      expect_with("mixture_mask_18x22", 3, options, &mask);
    }
  }
}
