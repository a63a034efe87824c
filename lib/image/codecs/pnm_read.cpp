// SPDX-License-Identifier: MIT
#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "image/codecs/picture_end.h"
#include "image/codecs/pnm.h"
#include "image/limits.h"
#include "image/message.h"

namespace tessera::image {

namespace {

bool is_space(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Characters of a source one after the other, through a buffer.
class CharReader {
 public:
  explicit CharReader(const ByteSource& source) : source_(source), buffer_(65536) {}
  /// The next character, -1 at the end.
  int next() {
    if (at_ == filled_) {
      base_ += filled_;
      filled_ = source_.read_at(base_, buffer_);
      at_ = 0;
      if (filled_ == 0) return -1;
    }
    return std::to_integer<int>(buffer_[at_++]);
  }
  std::uint64_t offset() const { return base_ + at_; }
  /// Next character that is neither space nor within a comment.
  int next_significant() {
    for (;;) {
      int c = next();
      while (c == '#') {
        while (c != '\n' && c != -1) c = next();
        c = next();
      }
      if (!is_space(c)) return c;
    }
  }
  /// Next word, and the one character that ends it.
  std::string word() {
    std::string text;
    for (int c = next_significant(); c != -1 && !is_space(c) && text.size() < 64; c = next())
      text += static_cast<char>(c);
    return text;
  }

 private:
  const ByteSource& source_;
  std::vector<std::byte> buffer_;
  std::uint64_t base_ = 0;
  std::size_t at_ = 0, filled_ = 0;
};

int read_number(const ByteSource& source, CharReader& reader, const char* what, int most) {
  const std::string word = reader.word();
  if (word.empty()) source.fail_truncated();
  int value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || value < 1 || value > most)
    fail(ErrorCode::BadImage, source.name(),
         std::string("damaged PNM: ") + what + " is '" + one_line(word) + "', expected 1 to " +
             std::to_string(most));
  return value;
}

/// The scale of a PFM: its sign is the byte order, its size is ignored.
bool read_byte_order(const ByteSource& source, CharReader& reader) {
  const std::string word = reader.word();
  double scale = 0.0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), scale);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(scale) ||
      scale == 0.0)
    fail(ErrorCode::BadImage, source.name(), "damaged PFM: scale is '" + one_line(word) + "'");
  return scale > 0.0;
}

std::uint64_t row_bytes(const PnmHeader& header) {
  if (header.letter == '4') return (static_cast<std::uint64_t>(header.width) + 7) / 8;
  return static_cast<std::uint64_t>(header.width) * header.channels() *
         static_cast<std::uint64_t>(bytes_per_sample(header.type()));
}

/// The fewest bytes that the samples can take.
std::uint64_t least_bytes(const PnmHeader& header) {
  const std::uint64_t samples =
      static_cast<std::uint64_t>(header.width) * header.height * header.channels();
  if (header.letter == '1') return samples;
  return header.is_ascii() ? 2 * samples - 1 : row_bytes(header) * header.height;
}

template <typename T>
void check_samples(const ByteSource& source, const T* row, std::size_t count, int max_value) {
  if (count > 0 && *std::max_element(row, row + count) > max_value)
    fail(ErrorCode::BadImage, source.name(),
         "damaged PNM: a sample exceeds the maximum of " + std::to_string(max_value));
}

void read_bitmap_row(const std::vector<std::byte>& packed, int width, std::uint8_t* row) {
  for (int x = 0; x < width; ++x) {
    const bool black =
        (std::to_integer<unsigned>(packed[static_cast<std::size_t>(x / 8)]) >> (7 - x % 8) & 1) !=
        0;
    row[x] = black ? 0 : 255;
  }
}

/// Reverses the bytes of each sample.
void swap_bytes(std::byte* bytes, std::size_t count, std::size_t width) {
  for (std::size_t i = 0; i < count; ++i) std::reverse(bytes + i * width, bytes + (i + 1) * width);
}

void read_binary(const ByteSource& source, const PnmHeader& header, Image& image) {
  const std::size_t samples = static_cast<std::size_t>(header.width) * header.channels();
  const std::size_t width = static_cast<std::size_t>(bytes_per_sample(header.type()));
  const std::uint64_t stride = row_bytes(header);
  std::vector<std::byte> packed(header.letter == '4' ? stride : 0);
  for (int line = 0; line < header.height; ++line) {
    const int y = header.is_float() ? header.height - 1 - line : line;
    std::byte* row = image.colour() + static_cast<std::size_t>(y) * samples * width;
    const std::uint64_t offset = header.data + stride * static_cast<std::uint64_t>(line);
    if (header.letter == '4') {
      source.read_exactly(offset, packed);
      read_bitmap_row(packed, header.width, image.colour_row<std::uint8_t>(y));
      continue;
    }
    source.read_exactly(offset, {row, stride});
    if (width > 1 && header.big_endian != (std::endian::native == std::endian::big))
      swap_bytes(row, samples, width);
    if (header.type() == SampleType::U8)
      check_samples(source, image.colour_row<std::uint8_t>(y), samples, header.max_value);
    if (header.type() == SampleType::U16)
      check_samples(source, image.colour_row<std::uint16_t>(y), samples, header.max_value);
  }
}

int next_bit(const ByteSource& source, CharReader& reader) {
  const int c = reader.next_significant();
  if (c == -1) source.fail_truncated();
  if (c != '0' && c != '1')
    fail(ErrorCode::BadImage, source.name(), "damaged PBM: a pixel is neither 0 nor 1");
  return c == '1' ? 0 : 255;
}

int next_sample(const ByteSource& source, CharReader& reader, int max_value) {
  int value = 0;
  int c = reader.next_significant();
  if (c == -1) source.fail_truncated();
  for (; c != -1 && !is_space(c); c = reader.next()) {
    if (c < '0' || c > '9')
      fail(ErrorCode::BadImage, source.name(), "damaged PNM: a sample is not a number");
    value = value * 10 + (c - '0');
    if (value > max_value)
      fail(ErrorCode::BadImage, source.name(),
           "damaged PNM: a sample exceeds the maximum of " + std::to_string(max_value));
  }
  return value;
}

void read_ascii(const ByteSource& source, const PnmHeader& header, Image& image) {
  CharReader reader(source);
  while (reader.offset() < header.data) reader.next();
  const int samples = header.width * header.channels();
  for (int y = 0; y < header.height; ++y)
    for (int x = 0; x < samples; ++x) {
      const int value = header.is_bitmap() ? next_bit(source, reader)
                                           : next_sample(source, reader, header.max_value);
      if (header.type() == SampleType::U8)
        image.colour_row<std::uint8_t>(y)[x] = static_cast<std::uint8_t>(value);
      else
        image.colour_row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(value);
    }
}

}  // namespace

SampleType PnmHeader::type() const {
  if (is_float()) return SampleType::F32;
  return max_value > 255 ? SampleType::U16 : SampleType::U8;
}

PnmHeader read_pnm_header(const ByteSource& source) {
  CharReader reader(source);
  PnmHeader header;
  reader.next();
  header.letter = static_cast<char>(reader.next());
  header.width = read_number(source, reader, "width", kMostColumns);
  header.height = read_number(source, reader, "height", kMostColumns);
  if (header.is_float())
    header.big_endian = read_byte_order(source, reader);
  else if (!header.is_bitmap())
    header.max_value = read_number(source, reader, "maximum", 65535);
  header.data = reader.offset();
  return header;
}

std::vector<std::string> pnm_unread(const ByteSource& source, const PnmHeader& header) {
  if (header.is_ascii() || source.size() <= header.data + least_bytes(header)) return {};
  return {"holds more than one picture or stray bytes: only the first picture is read"};
}

Image read_pnm(const ByteSource& source, const ReadOptions& options) {
  const PnmHeader header = read_pnm_header(source);
  check_pixels(source.name(), header.width, header.height, options);
  const std::uint64_t available = source.size() - std::min(source.size(), header.data);
  if (least_bytes(header) > available) source.fail_truncated();
  Image image(header.width, header.height, header.channels(), header.type());
  if (!header.is_float() && !header.is_bitmap())
    image.set_max_value(static_cast<float>(header.max_value));
  if (header.is_ascii())
    read_ascii(source, header, image);
  else
    read_binary(source, header, image);
  tell_unread(source, pnm_unread(source, header), options, image.warnings);
  return image;
}

}  // namespace tessera::image
