// SPDX-License-Identifier: MIT
#include "pipeline/sources/measured_samples.h"

#include <algorithm>
#include <cmath>

#include "base/rounding.h"
#include "image/sample_types.h"
#include "observation/sampling.h"

namespace tessera::pipeline {
namespace {

template <typename T>
void put_back_numbers(const T* from, T* to, int channels) {
  for (int c = 0; c < channels; ++c)
    if (std::isfinite(static_cast<double>(from[c]))) to[c] = from[c];
}

}  // namespace

void put_back_mosaic(const Image& mosaic, BayerPattern pattern, Region region, Image& target) {
  image::with_sample_type(mosaic.type(), [&]<typename T>(T) {
    for (int y = region.top; y < region.top + region.height; ++y) {
      const T* from = mosaic.colour_row<T>(y);
      T* to = target.colour_row<T>(y);
      for (int x = region.left; x < region.left + region.width; ++x)
        to[3 * static_cast<std::size_t>(x) + observation::bayer_channel(pattern, y, x)] = from[x];
    }
  });
}

void put_back_grid(const Image& measured, int step, Region region, Image& target) {
  const std::size_t channels = measured.channels();
  image::with_sample_type(measured.type(), [&]<typename T>(T) {
    for (int y = base::rounded_up(region.top, step); y < region.top + region.height; y += step) {
      const T* from = measured.colour_row<T>(y / step);
      T* to = target.colour_row<T>(y);
      for (int x = base::rounded_up(region.left, step); x < region.left + region.width; x += step)
        std::copy_n(from + static_cast<std::size_t>(x / step) * channels, channels,
                    to + static_cast<std::size_t>(x) * channels);
    }
  });
}

void put_back_known(const Image& picture, const MeasuredMap& map, Region region, Image& target) {
  const std::size_t channels = picture.channels();
  image::with_sample_type(picture.type(), [&]<typename T>(T) {
    for (int y = region.top; y < region.top + region.height; ++y) {
      const T* from = picture.colour_row<T>(y);
      T* to = target.colour_row<T>(y);
      for (int x = region.left; x < region.left + region.width; ++x) {
        const std::size_t offset = static_cast<std::size_t>(x) * channels;
        if (map.at(y, x) != PixelState::Missing)
          std::copy_n(from + offset, channels, to + offset);
        else if (map.samples_differ)
          put_back_numbers(from + offset, to + offset, picture.channels());
      }
    }
  });
}

}  // namespace tessera::pipeline
