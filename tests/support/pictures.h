// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>

#include "base/random.h"
#include "image/sample_types.h"
#include "observation/sampling.h"
#include "tessera/image.h"
#include "tessera/observation.h"

namespace tessera::test {

inline constexpr BayerPattern kPatterns[] = {BayerPattern::RGGB, BayerPattern::BGGR,
                                             BayerPattern::GRBG, BayerPattern::GBRG};

/// Independent samples over the whole range of the type; alpha, when asked for, likewise.
inline Image random_picture(int width,
                            int height,
                            int channels,
                            SampleType type,
                            std::uint64_t seed,
                            bool with_alpha = false) {
  Image picture(width, height, channels, type, with_alpha);
  image::with_sample_type(type, [&]<typename T>(T) {
    const double scale = type == SampleType::F32 ? 1.0 : picture.max_value() + 0.999;
    std::uint64_t index = 0;
    for (int y = 0; y < height; ++y) {
      for (int i = 0; i < width * channels; ++i)
        picture.colour_row<T>(y)[i] = static_cast<T>(scale * base::random_uniform(seed, index++));
      for (int x = 0; with_alpha && x < width; ++x)
        picture.alpha_row<T>(y)[x] = static_cast<T>(scale * base::random_uniform(seed, index++));
    }
  });
  return picture;
}

/// A checkerboard of measured pixels, the first one measured.
inline Image half_mask(int width, int height) {
  Image mask(width, height, 1, SampleType::U8);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      mask.colour_row<std::uint8_t>(y)[x] = (x + y) % 2 == 0 ? 255 : 0;
  return mask;
}

/// Largest difference of two F32 pictures' colours; infinity when their sizes differ or a value is
/// not finite.
inline double max_difference(const Image& a, const Image& b) {
  if (a.width() != b.width() || a.height() != b.height() || a.channels() != b.channels())
    return INFINITY;
  double worst = 0.0;
  for (int y = 0; y < a.height(); ++y)
    for (int i = 0; i < a.width() * a.channels(); ++i) {
      const double difference =
          std::abs(static_cast<double>(a.colour_row<float>(y)[i]) - b.colour_row<float>(y)[i]);
      if (!std::isfinite(difference)) return INFINITY;
      worst = std::max(worst, difference);
    }
  return worst;
}

/// Whether sizes, types, white, colours and alpha agree in every bit.
inline bool same_pixels(const Image& a, const Image& b) {
  if (a.width() != b.width() || a.height() != b.height() || a.channels() != b.channels() ||
      a.type() != b.type() || a.has_alpha() != b.has_alpha() || a.max_value() != b.max_value())
    return false;
  const std::size_t pixels = a.pixels();
  const std::size_t sample = bytes_per_sample(a.type());
  const auto equal = [](const std::byte* first, const std::byte* second, std::size_t count) {
    return std::equal(first, first + count, second);
  };
  return equal(a.colour(), b.colour(), pixels * a.channels() * sample) &&
         (!a.has_alpha() || equal(a.alpha(), b.alpha(), pixels * sample));
}

/// Whether a demosaicked picture has every sample of its mosaic, bit for bit.
template <typename T>
bool samples_kept(const Image& mosaic, BayerPattern pattern, const Image& result) {
  for (int y = 0; y < mosaic.height(); ++y)
    for (int x = 0; x < mosaic.width(); ++x)
      if (result.colour_row<T>(y)[3 * x + observation::bayer_channel(pattern, y, x)] !=
          mosaic.colour_row<T>(y)[x])
        return false;
  return true;
}

}  // namespace tessera::test
