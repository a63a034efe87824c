// SPDX-License-Identifier: MIT
#include "metrics/picture_pair.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

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

void read_colour(const Image& image, int y, int first, double white, std::span<double> values) {
  const int step = image.channels();
  switch (image.type()) {
    case SampleType::U8:
      return divide_samples(image.colour_row<std::uint8_t>(y) + first, step, white, values);
    case SampleType::U16:
      return divide_samples(image.colour_row<std::uint16_t>(y) + first, step, white, values);
    case SampleType::F32:
      return divide_samples(image.colour_row<float>(y) + first, step, white, values);
  }
}

void read_alpha(const Image& image, int y, int first, std::span<double> values) {
  const double opaque = image.max_value();
  switch (image.type()) {
    case SampleType::U8:
      return divide_samples(image.alpha_row<std::uint8_t>(y) + first, 1, opaque, values);
    case SampleType::U16:
      return divide_samples(image.alpha_row<std::uint16_t>(y) + first, 1, opaque, values);
    case SampleType::F32:
      return divide_samples(image.alpha_row<float>(y) + first, 1, opaque, values);
  }
}

/// One channel of a row, laid over the background that the protocol names.
void read_channel(
    const Image& image, int y, int c, const MetricProtocol& protocol, std::span<double> values) {
  const double white = protocol.white > 0.0 ? protocol.white : image.max_value();
  read_colour(image, y, protocol.border * image.channels() + c, white, values);
  if (protocol.alpha == AlphaPolicy::Ignore || !image.has_alpha()) return;
  const double background = protocol.alpha == AlphaPolicy::OverWhite ? 1.0 : 0.0;
  std::vector<double> alpha(values.size());
  read_alpha(image, y, protocol.border, alpha);
  for (std::size_t x = 0; x < values.size(); ++x)
    values[x] = alpha[x] * values[x] + (1.0 - alpha[x]) * background;
}

/// Offset and weights of R, G and B.
struct Luma {
  double offset;
  std::array<double, 3> weights;
};

Luma luma_of(MeasuredChannels channels) {
  // ITU-R BT.601-7, section 2.5.1 and 2.5.3 (table 3).
  if (channels == MeasuredChannels::Grey) return {0.0, {0.299, 0.587, 0.114}};
  return {16.0 / 255.0, {65.481 / 255.0, 128.553 / 255.0, 24.966 / 255.0}};
}

void read_luma(const Image& image,
               int y,
               const MetricProtocol& protocol,
               std::span<double> values) {
  const Luma luma = luma_of(protocol.channels);
  std::fill(values.begin(), values.end(), luma.offset);
  std::vector<double> channel(values.size());
  for (int c = 0; c < 3; ++c) {
    if (c < image.channels()) read_channel(image, y, c, protocol, channel);
    for (std::size_t x = 0; x < values.size(); ++x) values[x] += luma.weights[c] * channel[x];
  }
}

}  // namespace

PicturePair::PicturePair(const Image& reference,
                         const Image& restored,
                         const MetricProtocol& protocol,
                         int smallest_side)
    : reference_(reference), restored_(restored), protocol_(protocol) {
  if (protocol.border < 0)
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("border: expected 0 or more pixels, found {}", protocol.border));
  if (!(protocol.white >= 0.0) || std::isinf(protocol.white))
    throw Error(ErrorCode::InvalidArgument,
                fmt::format("white: expected a number above 0, found {}", protocol.white));
  if (reference.width() != restored.width() || reference.height() != restored.height())
    throw Error(ErrorCode::BadImage, fmt::format("sizes differ: reference {}, restored {}",
                                                 text_of_size(reference), text_of_size(restored)));
  const bool all_channels = protocol.channels == MeasuredChannels::Rgb;
  if (all_channels && reference.channels() != restored.channels())
    throw Error(ErrorCode::BadImage,
                fmt::format("channels differ: reference {}, restored {} (--channel y or grey "
                            "compares grey with colour)",
                            reference.channels(), restored.channels()));
  const std::int64_t side = std::min(reference.width(), reference.height());
  if (side - 2 * std::int64_t{protocol.border} < smallest_side)
    throw Error(ErrorCode::BadImage,
                fmt::format("too small: expected at least {} pixels a side within a border of {}, "
                            "found {}x{}",
                            smallest_side, protocol.border, reference.width(), reference.height()));
}

int PicturePair::channels() const {
  return protocol_.channels == MeasuredChannels::Rgb ? reference_.channels() : 1;
}

void PicturePair::read_row(int y,
                           int c,
                           std::span<double> reference,
                           std::span<double> restored) const {
  const int row = y + protocol_.border;
  if (protocol_.channels == MeasuredChannels::Rgb) {
    read_channel(reference_, row, c, protocol_, reference);
    read_channel(restored_, row, c, protocol_, restored);
  } else {
    read_luma(reference_, row, protocol_, reference);
    read_luma(restored_, row, protocol_, restored);
  }
}

}  // namespace tessera::metrics
