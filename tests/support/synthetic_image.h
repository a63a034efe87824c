// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "tessera/image.h"

namespace tessera::test {

/// Samples as a function of (y, x, c), converted to T; the type of T must be that of the image.
template <typename T, typename Function>
void fill_image(Image& image, Function value) {
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x)
      for (int c = 0; c < image.channels(); ++c)
        image.colour_row<T>(y)[x * image.channels() + c] = static_cast<T>(value(y, x, c));
}

/// A picture of integer formulas that NumPy can make as well: (3xx + 5yy + 7xy + 40c) mod 251.
inline int textured_sample(int y, int x, int c) {
  return (3 * x * x + 5 * y * y + 7 * x * y + 40 * c) % 251;
}
inline Image textured_image(int width, int height, int channels) {
  Image image(width, height, channels, SampleType::U8);
  fill_image<std::uint8_t>(image, textured_sample);
  return image;
}
/// The same, spoilt: (textured + 2 ((11x + 17y + c) mod 127)) / 3, rounded down.
inline Image spoilt_image(int width, int height, int channels) {
  Image image(width, height, channels, SampleType::U8);
  fill_image<std::uint8_t>(image, [](int y, int x, int c) {
    return (textured_sample(y, x, c) + 2 * ((11 * x + 17 * y + c) % 127)) / 3;
  });
  return image;
}

/// An 8-bit picture's 16-bit twin: every sample times 257.
inline Image sixteen_bit_twin(const Image& image) {
  Image twin(image.width(), image.height(), image.channels(), SampleType::U16);
  fill_image<std::uint16_t>(twin, [&](int y, int x, int c) {
    return 257 * image.colour_row<std::uint8_t>(y)[x * image.channels() + c];
  });
  return twin;
}

}  // namespace tessera::test
