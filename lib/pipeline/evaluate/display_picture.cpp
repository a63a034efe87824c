// SPDX-License-Identifier: MIT
#include "pipeline/evaluate/display_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/rounding.h"
#include "image/convert.h"
#include "image/sample_types.h"
#include "metrics/picture_pair.h"

namespace tessera::pipeline {
namespace {

/// A region of `picture`, rounded to `type` and `white`.
Image converted_region(const Image& picture, Region region, SampleType type, float white) {
  Image result(region.width, region.height, picture.channels(), type);
  result.set_max_value(white);
  const bool same = picture.type() == type && picture.max_value() == white;
  const std::size_t pixel =
      static_cast<std::size_t>(picture.channels()) * bytes_per_sample(picture.type());
  Tensor row(picture.channels(), 1, region.width);
  for (int y = 0; y < region.height; ++y) {
    const int from = region.top + y;
    if (same) {
      const std::size_t first = static_cast<std::size_t>(from) * picture.width() + region.left;
      std::memcpy(result.colour() + static_cast<std::size_t>(y) * region.width * pixel,
                  picture.colour() + first * pixel, region.width * pixel);
    } else {
      image::tensor_from_image(picture, {from, region.left, 1, region.width}, row);
      image::image_from_tensor(row, result, y, 0);
    }
  }
  return result;
}

}  // namespace

Image rounded_as(const Image& reference, const Image& picture) {
  return converted_region(picture, {0, 0, picture.height(), picture.width()}, reference.type(),
                          reference.max_value());
}

bool is_even_enlargement(const Image& reference, const Image& restored) {
  return (reference.width() % 2 == 1 || reference.height() % 2 == 1) &&
         restored.width() == base::rounded_up(reference.width(), 2) &&
         restored.height() == base::rounded_up(reference.height(), 2);
}

Image cropped_enlargement(const Image& reference,
                          const Image& restored,
                          std::vector<std::string>& notes) {
  notes.push_back(fmt::format("even enlargement {}x{} of an odd original cropped to {}x{}",
                              restored.width(), restored.height(), reference.width(),
                              reference.height()));
  return converted_region(restored, {0, 0, reference.height(), reference.width()}, restored.type(),
                          restored.max_value());
}

Image difference_picture(const Image& reference,
                         const Image& restored,
                         const MetricProtocol& protocol) {
  MetricProtocol whole = protocol;
  whole.border = 0;
  const metrics::PicturePair pair(reference, restored, whole, 1);
  const int channels = pair.channels();
  Image result(pair.width(), pair.height(), channels, SampleType::U8);
  std::vector<double> a(pair.width()), b(pair.width());
  for (int y = 0; y < pair.height(); ++y)
    for (int c = 0; c < channels; ++c) {
      pair.read_row(y, c, a, b);
      auto* row = result.colour_row<std::uint8_t>(y) + c;
      for (int x = 0; x < pair.width(); ++x)
        row[x * channels] = static_cast<std::uint8_t>(
            std::min(255.0, std::round(255.0 * kDifferenceGain * std::abs(a[x] - b[x]))));
    }
  return result;
}

Image display_picture(const Image& picture, int longest) {
  const int width = std::min(picture.width(), longest);
  const int height = std::min(picture.height(), longest);
  const Region middle{(picture.height() - height) / 2, (picture.width() - width) / 2, height,
                      width};
  return converted_region(picture, middle, SampleType::U8, 255.0F);
}

Image doubled_picture(const Image& picture, int width, int height) {
  Image result(width, height, picture.channels(), picture.type());
  result.set_max_value(picture.max_value());
  const int channels = picture.channels();
  image::with_sample_type(picture.type(), [&]<typename T>(T) {
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        std::copy_n(picture.colour_row<T>(y / 2) + (x / 2) * channels, channels,
                    result.colour_row<T>(y) + x * channels);
  });
  return result;
}

}  // namespace tessera::pipeline
