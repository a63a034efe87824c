// SPDX-License-Identifier: MIT
#include "pipeline/denoise/residual_limits.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "image/sample_types.h"
#include "support/pictures.h"
#include "tessera/metrics.h"
#include "tessera/observation.h"

using namespace tessera;
using pipeline::NoiseLevel;

namespace {

struct Case {
  int width, height, channels;
  SampleType type;
  bool alpha, mapped;
};

constexpr Case kCases[] = {
    {1, 1, 1, SampleType::U8, false, false},    {3, 9, 3, SampleType::F32, false, false},
    {23, 18, 3, SampleType::U8, false, false},  {23, 18, 1, SampleType::U16, true, false},
    {18, 23, 3, SampleType::F32, true, true},   {40, 37, 3, SampleType::U16, false, true},
    {64, 33, 1, SampleType::F32, false, false}, {29, 40, 3, SampleType::U8, true, true},
};

/// Samples of the middle of the scale, and some at its ends; under `alpha`, every fifth pixel is
/// hidden.
Image noisy_picture(const Case& of) {
  Image image = test::random_picture(of.width, of.height, of.channels, of.type, 7, of.alpha);
  image::with_sample_type(of.type, [&]<typename T>(T) {
    for (int y = 0; y < of.height; ++y) {
      for (int k = 0; k < of.width * of.channels; ++k) {
        T& sample = image.colour_row<T>(y)[k];
        sample = static_cast<T>(sample / 2 + image.max_value() / 4);
        if (k % 11 == 0) sample = static_cast<T>(k % 2 == 0 ? 0.0F : image.max_value());
      }
      for (int x = 0; of.alpha && x < of.width; ++x)
        image.alpha_row<T>(y)[x] = (x + 2 * y) % 5 == 0 ? T{0} : T{1};
    }
  });
  return image;
}

/// Sigma 1 to 7, and 0 in places.
Image level_map(int width, int height) {
  Image map(width, height, 1, SampleType::F32);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      map.colour_row<float>(y)[x] = x % 7 == 3 ? 0.0F : 1.0F + static_cast<float>((x + y) % 13) / 2;
  return map;
}

/// `noisy` moved by up to 6 sigma in the upper half, by up to 1 below, and everywhere by whole
/// units of integers.
Image moved_picture(const Image& noisy, const NoiseLevel& level) {
  Image moved = noisy.clone();
  image::with_sample_type(noisy.type(), [&]<typename T>(T) {
    for (int y = 0; y < noisy.height(); ++y)
      for (int k = 0; k < noisy.width() * noisy.channels(); ++k) {
        const double reach = (2 * y < noisy.height() ? 6.0 : 1.0) *
                             level.at(y, k / noisy.channels()) * noisy.max_value() / 255.0;
        const double share = 2.0 * base::random_uniform(8, 1000 * y + k) - 1.0;
        const double sample = noisy.colour_row<T>(y)[k] + share * reach;
        const double most = noisy.max_value();
        moved.colour_row<T>(y)[k] =
            static_cast<T>(std::is_integral_v<T> ? std::clamp(sample, 0.0, most) : sample);
      }
  });
  return moved;
}

/// How often a row (or column) counts in the neighbourhood of another: three blocks of four, at the
/// border those nearest to it, the last block counted back from the end.
int times_near(int row, int other, int extent) {
  const int last = (extent - 1) / 4;
  const int middle = std::max(std::min(other / 4, last - 1), std::min(1, last));
  int times = 0;
  for (int block = std::max(middle - 1, 0); block <= std::min(middle + 1, last); ++block) {
    const int first = std::max(std::min(4 * block, extent - 4), 0);
    times += row >= first && row < first + 4;
  }
  return times;
}

/// What limit_residual promises, pixel by pixel and in double precision.
double limited_sample(
    const Image& noisy, const NoiseLevel& level, const Image& restored, int y, int x, int channel) {
  const double unit = noisy.max_value() / 255.0;
  return image::with_sample_type(noisy.type(), [&]<typename T>(T) {
    const auto untouched = [&](int row, int column) {
      return level.at(row, column) == 0.0F ||
             (noisy.has_alpha() && noisy.alpha_row<T>(row)[column] == T{0});
    };
    const auto limited = [&](int row, int column) -> double {
      const int k = column * noisy.channels() + channel;
      const double sample = noisy.colour_row<T>(row)[k];
      if (untouched(row, column)) return sample;
      double reach = 4.0 * level.at(row, column) * unit;
      if (noisy.type() != SampleType::F32) reach = std::floor(reach);
      return std::clamp<double>(restored.colour_row<T>(row)[k], sample - reach, sample + reach);
    };
    const auto residual = [&](int row, int column) -> double {
      const double sample = noisy.colour_row<T>(row)[column * noisy.channels() + channel];
      const double white = noisy.max_value();
      return sample -
             std::clamp(limited(row, column), std::min(sample, 0.0), std::max(sample, white));
    };
    double count = 0.0, energy = 0.0;
    for (int row = 0; row < noisy.height(); ++row)
      for (int column = 0; column < noisy.width(); ++column)
        if (!untouched(row, column)) {
          const auto sample =
              static_cast<double>(noisy.colour_row<T>(row)[column * noisy.channels() + channel]);
          const bool at_end = sample == 0.0 || sample == noisy.max_value();
          if (at_end && residual(row, column) == 0.0) continue;
          const int times =
              times_near(row, y, noisy.height()) * times_near(column, x, noisy.width());
          count += times;
          energy += times * std::pow(residual(row, column) / (level.at(row, column) * unit), 2);
        }
    const double most = count + 5.0 * std::sqrt(2.0 * count);
    const double share = energy > most ? most / energy : 1.0;
    const double value = share == 1.0 ? limited(y, x)
                                      : noisy.colour_row<T>(y)[x * noisy.channels() + channel] -
                                            share * residual(y, x);
    return noisy.type() == SampleType::F32 ? value : std::floor(value + 0.5);
  });
}

}  // namespace

TEST_SUITE("pipeline/residual_limits") {
  TEST_CASE("samples and neighbourhoods are limited as by the plain rule") {
    for (const Case& of : kCases) {
      CAPTURE(of.width);
      const Image noisy = noisy_picture(of);
      const NoiseLevel level = of.mapped
                                   ? NoiseLevel::from_map(level_map(of.width, of.height), noisy)
                                   : NoiseLevel::constant(3.0);
      const Image restored = moved_picture(noisy, level);
      base::ThreadPool pool(1);
      Image result = restored.clone();
      pipeline::limit_residual(noisy, level, pool, result);
      const double tolerance = of.type == SampleType::F32 ? 1e-6 : 1.0;
      int differing = 0, changed = 0;
      image::with_sample_type(of.type, [&]<typename T>(T) {
        for (int y = 0; y < of.height; ++y)
          for (int x = 0; x < of.width; ++x)
            for (int c = 0; c < of.channels; ++c) {
              const double expected = limited_sample(noisy, level, restored, y, x, c);
              const auto found = static_cast<double>(result.colour_row<T>(y)[x * of.channels + c]);
              CHECK(std::abs(found - expected) <= tolerance);
              differing += found != expected;
              changed += found != restored.colour_row<T>(y)[x * of.channels + c];
            }
      });
      // Of integers, a half may be rounded either way.
      if (of.type != SampleType::F32) CHECK(differing <= of.width * of.height * of.channels / 200);
      if (of.width > 1) CHECK(changed > of.width * of.height / 4);
      Image by_three = restored.clone();
      base::ThreadPool three(3);
      pipeline::limit_residual(noisy, level, three, by_three);
      CHECK(test::same_pixels(result, by_three));
    }
  }

  TEST_CASE("floats that were restored beyond black and white are limited as integers are") {
    const NoiseLevel level = NoiseLevel::constant(10.0);
    Image noisy(40, 40, 3, SampleType::U16), restored(40, 40, 3, SampleType::U16);
    Image floats(40, 40, 3, SampleType::F32), beyond(40, 40, 3, SampleType::F32);
    for (int k = 0; k < 40 * 40 * 3; ++k) {
      const int row = k / 120, at = k % 120;
      const int sample = k % 7 < 3 ? 65535 - k % 900 : k % 800;
      noisy.colour_row<std::uint16_t>(row)[at] = static_cast<std::uint16_t>(sample);
      floats.colour_row<float>(row)[at] = static_cast<float>(sample) / 65535.0F;
      // Off by up to 30 grey levels, and often beyond the scale.
      const double moved = sample / 65535.0 + (base::random_uniform(4, k) - 0.5) * 60.0 / 255.0;
      beyond.colour_row<float>(row)[at] = static_cast<float>(moved);
      restored.colour_row<std::uint16_t>(row)[at] =
          static_cast<std::uint16_t>(std::lround(65535.0 * std::clamp(moved, 0.0, 1.0)));
    }
    base::ThreadPool pool(1);
    pipeline::limit_residual(noisy, level, pool, restored);
    pipeline::limit_residual(floats, level, pool, beyond);
    double worst = 0.0;
    for (int k = 0; k < 40 * 40 * 3; ++k) {
      const float value = std::clamp(beyond.colour_row<float>(0)[k], 0.0F, 1.0F);
      worst = std::max(worst, std::abs(65535.0 * value - restored.colour_row<std::uint16_t>(0)[k]));
    }
    CHECK(worst <= 1.5);
  }

  TEST_CASE("memory: two floats for each block of 4x4, four for each sample of a thread's row") {
    const Image picture(9, 13, 3, SampleType::U8);
    CHECK(pipeline::residual_limits_bytes(picture, 1) == 4.0 * 3 * (2 * 3 * 4 + 4 * 9));
    CHECK(pipeline::residual_limits_bytes(picture, 2) == 4.0 * 3 * (2 * 3 * 4 + 4 * 9 * 2));
    // Three tasks, as the last row of blocks overlaps the one before.
    CHECK(pipeline::residual_limits_bytes(picture, 16) == 4.0 * 3 * (2 * 3 * 4 + 4 * 9 * 3));
    const Image line(1000, 1, 3, SampleType::U8);
    CHECK(pipeline::residual_limits_bytes(line, 16) == 4.0 * 3 * (2 * 250 + 4 * 1000));
  }

  TEST_CASE("white noise is let go, in every sample") {
    for (const int channels : {1, 3}) {
      Image truth(90, 70, channels, SampleType::F32);
      for (int y = 0; y < 70; ++y) std::fill_n(truth.colour_row<float>(y), 90 * channels, 0.25F);
      const Image noisy = add_gaussian_noise(truth, 20, 3);
      base::ThreadPool pool(1);
      Image result = truth.clone();
      pipeline::limit_residual(noisy, NoiseLevel::constant(20), pool, result);
      // The tails of 4 sigma, once in 16,000.
      int changed = 0;
      for (int y = 0; y < 70; ++y)
        for (int k = 0; k < 90 * channels; ++k) changed += result.colour_row<float>(y)[k] != 0.25F;
      CHECK(changed <= 4);
    }
  }

  TEST_CASE(
      "fine lines that a restorer took away come back, and no more noise with them than before") {
    Image truth(64, 64, 1, SampleType::F32), restored(64, 64, 1, SampleType::F32);
    for (int y = 0; y < 64; ++y)
      for (int x = 0; x < 64; ++x) {
        truth.colour_row<float>(y)[x] = x % 4 == 0 ? 0.75F : 0.25F;
        restored.colour_row<float>(y)[x] = 0.375F;
      }
    const Image noisy = add_gaussian_noise(truth, 10, 3);
    base::ThreadPool pool(1);
    const auto decibels = [&](const Image& picture) { return psnr(truth, picture); };
    const double before = decibels(restored);
    pipeline::limit_residual(noisy, NoiseLevel::constant(10), pool, restored);
    CHECK(decibels(restored) > before + 12.0);
    CHECK(decibels(restored) > decibels(noisy) - 1.0);
  }
}
