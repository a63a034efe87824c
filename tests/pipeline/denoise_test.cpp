// SPDX-License-Identifier: MIT
#include "tessera/denoise.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <limits>

#include "support/error_code.h"
#include "support/golden_model.h"
#include "support/pictures.h"
#include "tessera/error.h"
#include "tessera/metrics.h"
#include "tessera/observation.h"

using namespace tessera;
using test::code_of;

namespace {

constexpr std::pair<int, int> kSizes[] = {{1, 1}, {1, 9}, {9, 1}, {2, 2}, {23, 18}};

/// Smooth waves and an edge, in [0.2, 0.8].
Image smooth_picture(int width, int height, int channels) {
  Image image(width, height, channels, SampleType::F32);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        image.colour_row<float>(y)[x * channels + c] = static_cast<float>(
            0.5 + 0.15 * std::sin(0.05 * x + c) * std::cos(0.04 * y) + (x > y ? 0.1 : -0.1));
  return image;
}

Image constant_map(int width, int height, float sigma) {
  Image map(width, height, 1, SampleType::F32);
  for (int y = 0; y < height; ++y) std::fill_n(map.colour_row<float>(y), width, sigma);
  return map;
}

/// The picture in another type, rounded.
Image converted(const Image& floats, SampleType type) {
  Image image(floats.width(), floats.height(), floats.channels(), type);
  if (type == SampleType::U16) image.set_max_value(65535.0F);
  image::with_sample_type(type, [&]<typename T>(T) {
    for (int y = 0; y < floats.height(); ++y)
      for (int i = 0; i < floats.width() * floats.channels(); ++i)
        image.colour_row<T>(y)[i] =
            static_cast<T>(std::lround(floats.colour_row<float>(y)[i] * image.max_value()));
  });
  return image;
}

DenoiseOptions with_sigma(double sigma) {
  DenoiseOptions options;
  options.sigma = sigma;
  options.execution = {.threads = 1, .max_memory = std::int64_t{1} << 30};
  return options;
}

DenoiseOptions by_nlm(double sigma) {
  DenoiseOptions options = with_sigma(sigma);
  options.method = DenoiseMethod::NonlocalMeans;
  return options;
}

}  // namespace

TEST_SUITE("pipeline/denoise") {
  TEST_CASE("size, channels and type stay, at every size, for networks and non-local means") {
    const Model colour = test::golden_model("mixture_noise_18x22");
    const Model grey = test::golden_model("conv_ffdnet_grey_2x14");
    const Model blind = test::golden_model("conv_dncnn_19x23");
    const Model attention = test::golden_model("transformer_noise_18x22");
    const Model scales = test::golden_model("mixture_noise_scales");
    const Model grey_scales = test::golden_model("mixture_noise_scales_grey");
    for (const auto& [width, height] : kSizes)
      for (const int channels : {1, 3})
        for (const Model* model : {&colour, &grey, &blind, &attention, &scales, &grey_scales,
                                   static_cast<const Model*>(nullptr)}) {
          const Image noisy = add_gaussian_noise(smooth_picture(width, height, channels), 20, 1);
          const Image result = denoise(noisy, nullptr, model, model ? with_sigma(20) : by_nlm(20));
          CHECK(result.width() == width);
          CHECK(result.height() == height);
          CHECK(result.channels() == channels);
          CHECK(result.type() == SampleType::F32);
        }
  }

  TEST_CASE("sigma 0 is the identity, and so is a map's 0 at its pixels") {
    const Model model = test::golden_model("mixture_noise_18x22");
    const Image noisy = add_gaussian_noise(smooth_picture(20, 16, 3), 20, 1);
    CHECK(test::same_pixels(noisy, denoise(noisy, nullptr, &model, with_sigma(0))));
    Image map = constant_map(20, 16, 20.0F);
    map.colour_row<float>(7)[11] = 0.0F;
    const Image result = denoise(noisy, &map, &model, with_sigma(0));
    CHECK(result.colour_row<float>(7)[33] == noisy.colour_row<float>(7)[33]);
    CHECK_FALSE(result.colour_row<float>(7)[36] == noisy.colour_row<float>(7)[36]);
  }

  TEST_CASE("no sample moves further than four times the noise, whatever a network does") {
    // A random network: its results are nowhere near a picture.
    const Model model = test::golden_model("mixture_noise_18x22");
    for (const SampleType type : {SampleType::U8, SampleType::U16, SampleType::F32})
      for (const double sigma : {0.01, 0.2, 1.0, 20.0}) {
        const Image picture = smooth_picture(20, 16, 3);
        const Image noisy = type == SampleType::F32 ? picture.clone() : converted(picture, type);
        for (const bool mapped : {false, true}) {
          const Image map = constant_map(20, 16, static_cast<float>(sigma));
          const Image result =
              denoise(noisy, mapped ? &map : nullptr, &model, with_sigma(mapped ? 0.0 : sigma));
          const double reach = 4.0 * sigma * noisy.max_value() / 255.0;
          double largest = 0.0;
          image::with_sample_type(type, [&]<typename T>(T) {
            for (int k = 0; k < 20 * 16 * 3; ++k)
              largest = std::max(largest, std::abs(static_cast<double>(result.colour_row<T>(0)[k]) -
                                                   noisy.colour_row<T>(0)[k]));
          });
          CHECK(largest <= reach + 1e-7);
          if (type == SampleType::F32) CHECK(largest > 0.0);
        }
      }
  }

  TEST_CASE("a constant map is a constant sigma, and maps of every depth mean the same") {
    const Model model = test::golden_model("conv_ffdnet_18x22");
    const Model scales = test::golden_model("mixture_noise_scales");
    const Image noisy = add_gaussian_noise(smooth_picture(21, 17, 3), 20, 1);
    const Image expected = denoise(noisy, nullptr, &model, with_sigma(51));
    const Image map = constant_map(21, 17, 51.0F);
    CHECK(test::same_pixels(expected, denoise(noisy, &map, &model, with_sigma(0))));
    CHECK(test::same_pixels(denoise(noisy, nullptr, &scales, with_sigma(51)),
                            denoise(noisy, &map, &scales, with_sigma(0))));
    // Grey as RGB is grey.
    Image stated(21, 17, 3, SampleType::U8);
    std::fill_n(stated.colour_row<std::uint8_t>(0), 21 * 17 * 3, std::uint8_t{51});
    CHECK(test::same_pixels(expected, denoise(noisy, &stated, &model, with_sigma(0))));
    stated.colour_row<std::uint8_t>(3)[8] = 50;
    CHECK(code_of([&] { denoise(noisy, &stated, &model, with_sigma(0)); }) == ErrorCode::BadImage);
    const Image share = constant_map(21, 17, 0.2F);
    for (const SampleType type : {SampleType::U8, SampleType::U16}) {
      const Image integers = converted(share, type);
      CHECK(test::max_difference(expected, denoise(noisy, &integers, &model, with_sigma(0))) <
            1e-5);
    }
  }

  TEST_CASE("no tile and no thread changes a pixel") {
    const Model mixture = test::golden_model("mixture_noise_18x22");
    const Model blind = test::golden_model("conv_dncnn_19x23");
    const Model attention = test::golden_model("transformer_noise_full_width");
    const Model scales = test::golden_model("mixture_noise_scales");
    const Image noisy = add_gaussian_noise(smooth_picture(131, 75, 3), 20, 1);
    for (const Model* model :
         {&mixture, &blind, &attention, &scales, static_cast<const Model*>(nullptr)}) {
      DenoiseOptions options = model ? with_sigma(20) : by_nlm(20);
      options.execution.tile = 512;
      const Image whole = denoise(noisy, nullptr, model, options);
      for (const int tile : {32, 50}) {
        options.execution.tile = tile;
        options.execution.threads = 2;
        CHECK(test::same_pixels(whole, denoise(noisy, nullptr, model, options)));
      }
    }
  }

  TEST_CASE("sigma means the same at every depth") {
    const Model model = test::golden_model("conv_ffdnet_18x22");
    const Image floats = smooth_picture(22, 18, 3);
    const Image eight = converted(floats, SampleType::U8);
    Image sixteen(22, 18, 3, SampleType::U16), unit(22, 18, 3, SampleType::F32);
    for (int y = 0; y < 18; ++y)
      for (int i = 0; i < 66; ++i) {
        sixteen.colour_row<std::uint16_t>(y)[i] =
            static_cast<std::uint16_t>(257 * eight.colour_row<std::uint8_t>(y)[i]);
        unit.colour_row<float>(y)[i] = eight.colour_row<std::uint8_t>(y)[i] / 255.0F;
      }
    sixteen.set_max_value(65535.0F);
    const Image a = denoise(eight, nullptr, &model, with_sigma(25));
    const Image b = denoise(sixteen, nullptr, &model, with_sigma(25));
    const Image c = denoise(unit, nullptr, &model, with_sigma(25));
    for (int y = 0; y < 18; ++y)
      for (int i = 0; i < 66; ++i) {
        const double exact = std::clamp(c.colour_row<float>(y)[i], 0.0F, 1.0F);
        // Rounded by the network's sink, and once more where its residual is limited.
        CHECK(std::abs(a.colour_row<std::uint8_t>(y)[i] - 255.0 * exact) <= 1.001);
        CHECK(std::abs(b.colour_row<std::uint16_t>(y)[i] - 65535.0 * exact) <= 1.1);
      }
  }

  TEST_CASE("alpha, and what it hides, stay bit for bit") {
    const Model model = test::golden_model("mixture_noise_18x22");
    Image noisy(20, 16, 3, SampleType::U8, true);
    for (int y = 0; y < 16; ++y)
      for (int x = 0; x < 20; ++x) {
        noisy.alpha_row<std::uint8_t>(y)[x] = static_cast<std::uint8_t>(x < 8 ? 0 : 12 * x);
        for (int c = 0; c < 3; ++c)
          noisy.colour_row<std::uint8_t>(y)[3 * x + c] = static_cast<std::uint8_t>(7 * x + 5 * y);
      }
    DenoiseOptions turned = with_sigma(25);
    turned.self_ensemble = true;
    for (const auto& options : {with_sigma(25), turned}) {
      const Image result = denoise(noisy, nullptr, &model, options);
      for (int y = 0; y < 16; ++y)
        for (int x = 0; x < 20; ++x) {
          CHECK(result.alpha_row<std::uint8_t>(y)[x] == noisy.alpha_row<std::uint8_t>(y)[x]);
          if (x < 8)
            CHECK(result.colour_row<std::uint8_t>(y)[3 * x] ==
                  noisy.colour_row<std::uint8_t>(y)[3 * x]);
        }
    }
  }

  TEST_CASE("the eightfold mean of non-local means, which knows no direction, is non-local means") {
    const Image noisy = add_gaussian_noise(smooth_picture(24, 19, 1), 20, 1);
    DenoiseOptions turned = by_nlm(20);
    turned.self_ensemble = true;
    CHECK(test::max_difference(denoise(noisy, nullptr, nullptr, by_nlm(20)),
                               denoise(noisy, nullptr, nullptr, turned)) < 1e-5);
  }

  TEST_CASE("non-local means takes away noise and leaves a constant alone") {
    const Image truth = smooth_picture(64, 48, 3);
    const Image noisy = add_gaussian_noise(truth, 25, 3);
    const Image result = denoise(noisy, nullptr, nullptr, by_nlm(25));
    CHECK(psnr(truth, result) > psnr(truth, noisy) + 6.0);
    const Image flat = constant_map(20, 20, 0.3F);
    CHECK(test::max_difference(flat, denoise(flat, nullptr, nullptr, by_nlm(25))) < 1e-5);
  }

  TEST_CASE("the noise estimate finds the noise of smooth pictures, whatever the type") {
    for (const int channels : {1, 3})
      for (const double sigma : {2.0, 10.0, 50.0}) {
        const Image noisy = add_gaussian_noise(smooth_picture(120, 90, channels), sigma, 5);
        CHECK(std::abs(estimate_noise(noisy) / sigma - 1.0) < 0.08);
        if (sigma > 2.0 && sigma < 50.0)
          CHECK(std::abs(estimate_noise(converted(noisy, SampleType::U16)) / sigma - 1.0) < 0.08);
      }
    CHECK(estimate_noise(constant_map(64, 64, 0.5F)) == doctest::Approx(0.0).epsilon(1e-6));
  }

  TEST_CASE("noise that the colours share is found as well") {
    const Image grey = add_gaussian_noise(smooth_picture(120, 90, 1), 20, 5);
    Image same(120, 90, 3, SampleType::F32);
    for (int y = 0; y < 90; ++y)
      for (int i = 0; i < 360; ++i) same.colour_row<float>(y)[i] = grey.colour_row<float>(y)[i / 3];
    CHECK(std::abs(estimate_noise(same) / 20.0 - 1.0) < 0.08);
  }

  TEST_CASE("a level beyond the model's range is a warning that names the range") {
    const Model model = test::golden_model_with_range("mixture_noise_18x22", "[0,50]");
    const Image noisy = add_gaussian_noise(smooth_picture(16, 12, 3), 20, 1);
    CHECK(denoise(noisy, nullptr, &model, with_sigma(50)).warnings.empty());
    const auto warnings = denoise(noisy, nullptr, &model, with_sigma(60)).warnings;
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("0 to 50") != std::string::npos);
  }

  TEST_CASE("what cannot be done is refused") {
    const Model model = test::golden_model("mixture_noise_18x22");
    const Model blind = test::golden_model("conv_dncnn_19x23");
    const Model other = test::golden_model("mixture_bayer_18x22");
    const Image noisy = smooth_picture(12, 10, 3);
    const auto code = [&](const Model& network, const DenoiseOptions& options,
                          const Image* map = nullptr) {
      return code_of([&] { denoise(noisy, map, &network, options); });
    };
    CHECK(code(other, with_sigma(25)) == ErrorCode::BadCheckpoint);
    for (const double sigma : {-1.0, 300.0, std::numeric_limits<double>::quiet_NaN()})
      CHECK(code(model, with_sigma(sigma)) == ErrorCode::InvalidArgument);
    const Image good = constant_map(12, 10, 5.0F), small = constant_map(11, 10, 5.0F);
    Image negative = constant_map(12, 10, 5.0F), nan = constant_map(12, 10, 5.0F);
    negative.colour_row<float>(3)[3] = -1.0F;
    nan.colour_row<float>(3)[3] = std::numeric_limits<float>::quiet_NaN();
    CHECK(code(blind, with_sigma(25), &good) == ErrorCode::InvalidArgument);
    for (const Image* map : std::initializer_list<const Image*>{&small, &negative, &nan, &noisy})
      CHECK(code(model, with_sigma(25), map) == ErrorCode::BadImage);
    Image broken = smooth_picture(12, 10, 3);
    broken.colour_row<float>(2)[2] = std::numeric_limits<float>::infinity();
    CHECK(code_of([&] { denoise(broken, nullptr, &model, with_sigma(25)); }) ==
          ErrorCode::BadImage);
    DenoiseOptions unknown = with_sigma(25);
    unknown.sigma.reset();
    CHECK(code_of([&] { denoise(noisy, nullptr, &model, unknown); }) == ErrorCode::BadImage);
  }
}
