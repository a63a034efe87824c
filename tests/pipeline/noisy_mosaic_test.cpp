// SPDX-License-Identifier: MIT
// Mosaics whose samples are noisy: demosaicked and denoised in one go.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <map>

#include "pipeline/interpolate/develop.h"
#include "support/error_code.h"
#include "support/golden_model.h"
#include "support/pictures.h"
#include "tessera/error.h"
#include "tessera/evaluate.h"
#include "tessera/interpolate.h"

using namespace tessera;
using test::code_of;

namespace {

constexpr std::pair<int, int> kSizes[] = {{1, 1}, {1, 13}, {13, 1}, {2, 2}, {33, 31}};

InterpolateOptions with_sigma(double sigma, BayerPattern pattern = BayerPattern::RGGB) {
  InterpolateOptions options;
  options.pattern = pattern;
  options.sigma = sigma;
  options.execution = {.threads = 1, .max_memory = std::int64_t{1} << 30};
  return options;
}

/// What the error that `work` throws says.
std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_SUITE("pipeline/noisy_mosaic") {
  TEST_CASE("size and type stay, at every size, depth and phase; no sample is kept") {
    for (const char* name : {"mixture_noisy_bayer_18x22", "mixture_noisy_bayer_scales"}) {
      const Model model = test::golden_model(name);
      for (const auto& [height, width] : kSizes)
        for (const SampleType type : {SampleType::U8, SampleType::U16, SampleType::F32})
          for (const BayerPattern pattern : test::kPatterns) {
            CAPTURE(name);
            CAPTURE(height);
            CAPTURE(width);
            const Image mosaic = test::random_picture(width, height, 1, type, 1);
            const Image result = interpolate(mosaic, nullptr, &model, with_sigma(10, pattern));
            CHECK(result.width() == width);
            CHECK(result.height() == height);
            CHECK(result.channels() == 3);
            CHECK(result.type() == type);
            if (height * width > 100 && type != SampleType::U8)
              image::with_sample_type(type, [&]<typename T>(T) {
                CHECK_FALSE(test::samples_kept<T>(mosaic, pattern, result));
              });
          }
    }
  }

  TEST_CASE("a level of 0 keeps every sample, with turns and without") {
    const Model model = test::golden_model("mixture_noisy_bayer_scales");
    const Image mosaic = test::random_picture(22, 18, 1, SampleType::U16, 9);
    for (const bool turns : {false, true}) {
      InterpolateOptions options = with_sigma(0, BayerPattern::GBRG);
      options.self_ensemble = turns;
      CHECK(test::samples_kept<std::uint16_t>(mosaic, BayerPattern::GBRG,
                                              interpolate(mosaic, nullptr, &model, options)));
    }
  }

  TEST_CASE("a method leaves a model aside: samples are kept, no range is told") {
    const Model model = test::golden_model_with_range("mixture_noisy_bayer_scales", "[0,20]");
    const Image mosaic = test::random_picture(22, 18, 1, SampleType::U16, 9);
    InterpolateOptions options;
    options.pattern = BayerPattern::GBRG;
    options.method = ClassicalMethod::Malvar;
    const Image result = interpolate(mosaic, nullptr, &model, options);
    CHECK(result.warnings.empty());
    CHECK(test::samples_kept<std::uint16_t>(mosaic, options.pattern, result));
  }

  TEST_CASE("no tile and no thread changes a pixel") {
    for (const char* name : {"mixture_noisy_bayer_18x22", "mixture_noisy_bayer_scales"}) {
      const Model model = test::golden_model(name);
      const Image mosaic = test::random_picture(150, 133, 1, SampleType::U16, 8);
      InterpolateOptions options = with_sigma(12, BayerPattern::GBRG);
      options.execution.tile = 1024;
      const Image whole = interpolate(mosaic, nullptr, &model, options);
      for (const int tile : {0, 32, 64, 97})
        for (const int threads : {1, 3}) {
          CAPTURE(tile);
          options.execution.tile = tile;
          options.execution.threads = threads;
          CHECK(test::same_pixels(whole, interpolate(mosaic, nullptr, &model, options)));
        }
    }
  }

  TEST_CASE("sigma means the same at every depth, and another one another result") {
    const Model model = test::golden_model("mixture_noisy_bayer_18x22");
    const Image eight = test::random_picture(24, 20, 1, SampleType::U8, 3);
    Image floats(24, 20, 1, SampleType::F32);
    for (int y = 0; y < 20; ++y)
      for (int x = 0; x < 24; ++x)
        floats.colour_row<float>(y)[x] =
            static_cast<float>(eight.colour_row<std::uint8_t>(y)[x]) / 255.0F;
    const Image a = interpolate(eight, nullptr, &model, with_sigma(10));
    const Image b = interpolate(floats, nullptr, &model, with_sigma(10));
    for (int y = 0; y < 20; ++y)
      for (int i = 0; i < 72; ++i) {
        const float rounded = std::clamp(255.0F * b.colour_row<float>(y)[i], 0.0F, 255.0F);
        CHECK(std::abs(static_cast<float>(a.colour_row<std::uint8_t>(y)[i]) - rounded) <= 0.501F);
      }
    CHECK(test::max_difference(b, interpolate(floats, nullptr, &model, with_sigma(11))) > 1e-4);
  }

  TEST_CASE("the eightfold mean turns the mosaic's pattern with it") {
    const Model model = test::golden_model("mixture_noisy_bayer_18x22");
    const Image mosaic = test::random_picture(20, 18, 1, SampleType::F32, 4);
    InterpolateOptions options = with_sigma(10);
    const Image once = interpolate(mosaic, nullptr, &model, options);
    options.self_ensemble = true;
    const Image mean = interpolate(mosaic, nullptr, &model, options);
    CHECK(mean.channels() == 3);
    CHECK(test::max_difference(once, mean) > 1e-4);
  }

  TEST_CASE("a level beyond the model's range is a warning that names both") {
    const Model model = test::golden_model_with_range("mixture_noisy_bayer_18x22", "[0,20]");
    const Image mosaic = test::random_picture(12, 10, 1, SampleType::U8, 5);
    CHECK(interpolate(mosaic, nullptr, &model, with_sigma(20)).warnings.empty());
    const Image result = interpolate(mosaic, nullptr, &model, with_sigma(25));
    REQUIRE(result.warnings.size() == 1);
    CHECK(test::mentions(result.warnings[0], "sigma 25"));
    CHECK(test::mentions(result.warnings[0], "0 to 20"));
  }

  TEST_CASE("a model and a noise level that do not fit are an error with its remedy") {
    const Model clean = test::golden_model("mixture_bayer_18x22");
    const Model noisy = test::golden_model("mixture_noisy_bayer_18x22");
    const Model denoiser = test::golden_model("mixture_noise_18x22");
    const Image mosaic = test::random_picture(12, 10, 1, SampleType::U8, 6);
    const auto run = [&](const Model* model, const InterpolateOptions& options) {
      return [&mosaic, model, options] { interpolate(mosaic, nullptr, model, options); };
    };
    CHECK(code_of(run(&clean, with_sigma(5))) == ErrorCode::InvalidArgument);
    CHECK(test::mentions(message_of(run(&clean, with_sigma(5))), "demosaic-noisy"));
    CHECK(code_of(run(&noisy, {})) == ErrorCode::InvalidArgument);
    CHECK(test::mentions(message_of(run(&noisy, {})), "--sigma S"));
    CHECK(code_of(run(&denoiser, with_sigma(5))) == ErrorCode::BadCheckpoint);
    for (const double wrong : {-1.0, 256.0, std::nan("")})
      CHECK(code_of(run(&noisy, with_sigma(wrong))) == ErrorCode::InvalidArgument);
    InterpolateOptions classical = with_sigma(5);
    classical.method = ClassicalMethod::Menon;
    CHECK(code_of(run(nullptr, classical)) == ErrorCode::InvalidArgument);
    InterpolateOptions enlargement = with_sigma(5);
    enlargement.missing = MissingPixels::UpscaleGrid;
    CHECK(code_of(run(&noisy, enlargement)) == ErrorCode::InvalidArgument);

    // Without noise the clean model runs as if nothing had been said.
    CHECK(test::same_pixels(interpolate(mosaic, nullptr, &clean, with_sigma(0)),
                            interpolate(mosaic, nullptr, &clean, {})));
  }

  TEST_CASE("evaluate tells the model how strong the noise is") {
    const Model noisy = test::golden_model("mixture_noisy_bayer_18x22");
    const Image truth = test::random_picture(24, 20, 3, SampleType::U8, 7);
    const Degradation degradation{.task = Task::Demosaic, .sigmas = {10.0}};
    const Restorer restorer = restorer_from_model("noisy", noisy, degradation, false);
    const Image observed = add_gaussian_noise(mosaic(truth, BayerPattern::RGGB), 10.0, 0);
    Observation observation;
    observation.picture = observed.clone();
    observation.sigma = 10.0;
    CHECK(test::same_pixels(interpolate(observed, nullptr, &noisy, with_sigma(10)),
                            restorer.restore(observation, {.threads = 1})));
  }

  TEST_CASE("a camera's mosaic is denoised, too: what it measured does not come back") {
    const Model model = test::golden_model_with_range("mixture_noisy_bayer_18x22", "[0,20]");
    const auto camera_photo = [] {
      image::RawPhoto photo;
      photo.mosaic = test::random_picture(26, 22, 1, SampleType::U16, 8);
      for (int i = 0; i < 4; ++i)
        photo.filter[static_cast<std::size_t>(i)] =
            observation::bayer_channel(BayerPattern::RGGB, i / 2, i % 2);
      photo.black.levels.assign(4, 0.0F);
      photo.white = 65535.0F;
      photo.as_shot.fill(1.0);
      photo.srgb_from_camera = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
      return photo;
    };
    InterpolateOptions options = with_sigma(10);
    options.missing = MissingPixels::CameraRaw;
    options.raw.keep_defects = true;
    const pipeline::Development ten = pipeline::develop(camera_photo(), &model, options);
    CHECK(ten.picture.channels() == 3);
    CHECK(ten.picture.warnings.empty());
    options.sigma = 15.0;
    CHECK_FALSE(
        test::same_pixels(ten.picture, pipeline::develop(camera_photo(), &model, options).picture));
    options.sigma = 25.0;
    CHECK(pipeline::develop(camera_photo(), &model, options).picture.warnings.size() == 1);
  }
}
