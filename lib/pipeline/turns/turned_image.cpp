// SPDX-License-Identifier: MIT
#include "pipeline/turns/turned_image.h"

#include <algorithm>
#include <utility>

#include "image/sample_types.h"
#include "observation/sampling.h"

namespace tessera::pipeline {
namespace {

/// Where pixel (y, x) of the turned picture stands in the picture of height x width.
std::pair<int, int> source_of(int y, int x, int height, int width, Turn turn) {
  if (turn.transpose) std::swap(y, x);
  return {turn.flip_rows ? height - 1 - y : y, turn.flip_columns ? width - 1 - x : x};
}

/// Copies each pixel of `from` to or from its turned place in `to`.
template <typename T>
void move_pixels(const Image& image, Turn turn, bool back, Image& result) {
  const Image& upright = back ? result : image;
  const Image& other = back ? image : result;
  const int channels = image.channels();
  for (int y = 0; y < other.height(); ++y)
    for (int x = 0; x < other.width(); ++x) {
      const auto [row, column] = source_of(y, x, upright.height(), upright.width(), turn);
      const int from_y = back ? y : row, from_x = back ? x : column;
      const int to_y = back ? row : y, to_x = back ? column : x;
      std::copy_n(image.colour_row<T>(from_y) + static_cast<std::size_t>(from_x) * channels,
                  channels, result.colour_row<T>(to_y) + static_cast<std::size_t>(to_x) * channels);
      if (image.has_alpha()) result.alpha_row<T>(to_y)[to_x] = image.alpha_row<T>(from_y)[from_x];
    }
}

Image moved(const Image& image, Turn turn, bool back) {
  const int height = turn.transpose ? image.width() : image.height();
  const int width = turn.transpose ? image.height() : image.width();
  Image result(width, height, image.channels(), image.type(), image.has_alpha());
  result.set_max_value(image.max_value());
  image::with_sample_type(image.type(),
                          [&]<typename T>(T) { move_pixels<T>(image, turn, back, result); });
  return result;
}

}  // namespace

Turn Turn::numbered(int index) { return {(index & 1) != 0, (index & 2) != 0, (index & 4) != 0}; }

Image turned(const Image& image, Turn turn) { return moved(image, turn, false); }

Image turned_back(const Image& image, Turn turn) { return moved(image, turn, true); }

BayerPattern turned_pattern(BayerPattern pattern, int height, int width, Turn turn) {
  const auto channel_at = [&](int y, int x) {
    const auto [row, column] = source_of(y, x, height, width, turn);
    return observation::bayer_channel(pattern, (row % 2 + 2) % 2, (column % 2 + 2) % 2);
  };
  for (const BayerPattern candidate :
       {BayerPattern::RGGB, BayerPattern::BGGR, BayerPattern::GRBG, BayerPattern::GBRG})
    if (observation::bayer_channel(candidate, 0, 0) == channel_at(0, 0) &&
        observation::bayer_channel(candidate, 0, 1) == channel_at(0, 1))
      return candidate;
  return pattern;
}

}  // namespace tessera::pipeline
