// SPDX-License-Identifier: MIT
#include "metrics/picture_pair.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "tessera/error.h"

namespace tessera::metrics {
namespace {

std::string text_of_size(const Image& image) {
  return fmt::format("{}x{} with {} channel{}", image.width(), image.height(), image.channels(),
                     image.channels() == 1 ? "" : "s");
}

/// Every `step`-th sample, divided: by a division, so that 8-bit v / 255 and 16-bit 257 v / 65535
/// are the same number.
template <typename T>
void divide_samples(const T* samples, int step, double white, std::span<double> values) {
  for (double& value : values) {
    value = static_cast<double>(*samples) / white;
    samples += step;
  }
}

void read_samples(const Image& image, int y, int first, std::span<double> values) {
  const int step = image.channels();
  const double white = image.max_value();
  switch (image.type()) {
    case SampleType::U8:
      return divide_samples(image.colour_row<std::uint8_t>(y) + first, step, white, values);
    case SampleType::U16:
      return divide_samples(image.colour_row<std::uint16_t>(y) + first, step, white, values);
    case SampleType::F32:
      return divide_samples(image.colour_row<float>(y) + first, step, white, values);
  }
}

}  // namespace

PicturePair::PicturePair(const Image& reference,
                         const Image& restored,
                         int border,
                         int smallest_side)
    : reference_(reference), restored_(restored), border_(border) {
  if (border < 0)
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("border: expected 0 or more pixels, found {}", border));
  if (reference.width() != restored.width() || reference.height() != restored.height() ||
      reference.channels() != restored.channels())
    throw Error(ErrorCode::BadImage, fmt::format("sizes differ: reference {}, restored {}",
                                                 text_of_size(reference), text_of_size(restored)));
  const std::int64_t side = std::min(reference.width(), reference.height());
  if (side - 2 * std::int64_t{border} < smallest_side)
    throw Error(ErrorCode::BadImage,
                fmt::format("too small: expected at least {} pixels a side within a border of {}, "
                            "found {}x{}",
                            smallest_side, border, reference.width(), reference.height()));
}

void PicturePair::read_row(int y,
                           int c,
                           std::span<double> reference,
                           std::span<double> restored) const {
  const int first = border_ * channels() + c;
  read_samples(reference_, y + border_, first, reference);
  read_samples(restored_, y + border_, first, restored);
}

}  // namespace tessera::metrics
