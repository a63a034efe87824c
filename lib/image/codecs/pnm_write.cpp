// SPDX-License-Identifier: MIT
#include <bit>
#include <cstring>

#include "image/codecs/pnm.h"

namespace tessera::image {

namespace {

void write_text(ByteSink& sink, const std::string& text) {
  sink.write_or_throw(std::as_bytes(std::span(text.data(), text.size())));
}

std::string size_line(const Image& image) {
  return std::to_string(image.width()) + " " + std::to_string(image.height()) + "\n";
}

}  // namespace

void write_pnm(const Image& image, ByteSink& sink) {
  const std::string letter = image.channels() == 3 ? "P6\n" : "P5\n";
  write_text(
      sink, letter + size_line(image) + std::to_string(static_cast<int>(image.max_value())) + "\n");
  const std::size_t samples = static_cast<std::size_t>(image.width()) * image.channels();
  std::vector<std::byte> row(samples * 2);
  for (int y = 0; y < image.height(); ++y) {
    if (image.type() == SampleType::U8) {
      sink.write_or_throw(std::as_bytes(std::span(image.colour_row<std::uint8_t>(y), samples)));
      continue;
    }
    const std::uint16_t* source = image.colour_row<std::uint16_t>(y);
    for (std::size_t i = 0; i < samples; ++i) {
      row[2 * i] = static_cast<std::byte>(source[i] >> 8);
      row[2 * i + 1] = static_cast<std::byte>(source[i] & 0xFF);
    }
    sink.write_or_throw(row);
  }
}

void write_pfm(const Image& image, ByteSink& sink) {
  static_assert(std::endian::native == std::endian::little);
  write_text(sink, (image.channels() == 3 ? "PF\n" : "Pf\n") + size_line(image) + "-1.0\n");
  const std::size_t samples = static_cast<std::size_t>(image.width()) * image.channels();
  for (int y = image.height() - 1; y >= 0; --y)
    sink.write_or_throw(std::as_bytes(std::span(image.colour_row<float>(y), samples)));
}

}  // namespace tessera::image
