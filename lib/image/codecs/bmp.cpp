// SPDX-License-Identifier: MIT
#include "image/codecs/bmp.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "image/limits.h"
#include "image/message.h"
#include "image/metadata/metadata_read.h"

namespace tessera::image {

namespace {

// file header: "BM" size(4) 0(4) data(4) | info header: size(4) width(4) height(4) planes(2)
// bits(2) compression(4) image size(4) resolution(8) colours(4) important(4) masks(16, from version
// 3 on) | version 4: colour space(4) primaries(36) gammas(12) | version 5: intent(4) profile at(4),
// from the info header on, profile size(4) 0(4).
constexpr std::uint64_t kInfo = 14, kResolution = kInfo + 24, kColourSpace = kInfo + 56,
                        kPrimaries = kInfo + 60, kGammas = kInfo + 96, kProfile = kInfo + 112;
constexpr std::uint32_t kVersion4Bytes = 108, kVersion5Bytes = 124;
constexpr std::uint32_t kCalibrated = 0;
// Four letters, the first of them the highest byte.
constexpr std::uint32_t kEmbedded = 0x4D424544, kLinked = 0x4C494E4B;  // "MBED", "LINK"
constexpr int kRgb = 0, kBitFields = 3;

std::uint32_t number_at(const ByteSource& source, std::uint64_t offset, std::size_t width) {
  std::array<std::byte, 4> bytes{};
  source.read_exactly(offset, std::span(bytes).first(width));
  std::uint32_t value = 0;
  for (std::size_t i = width; i-- > 0;)
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return value;
}

[[noreturn]] void fail_bmp(const ByteSource& source, const std::string& cause) {
  fail(ErrorCode::BadImage, source.name(), cause);
}

/// Masks other than blue, green, red, alpha in this order of bytes are refused.
bool read_alpha_mask(const ByteSource& source, std::uint32_t info_bytes) {
  const auto mask = [&](int i) {
    return number_at(source, kInfo + 40 + 4 * static_cast<std::uint64_t>(i), 4);
  };
  if (mask(0) != 0xFF0000 || mask(1) != 0xFF00 || mask(2) != 0xFF)
    fail_bmp(source, "BMP with unusual colour masks is not supported (convert it to PNG)");
  return info_bytes >= 56 && mask(3) == 0xFF000000;
}

void read_palette(const ByteSource& source, BmpHeader& header, std::uint32_t info_bytes) {
  const std::size_t entry = info_bytes == 12 ? 3 : 4;
  const std::uint32_t stated = info_bytes == 12 ? 0 : number_at(source, kInfo + 32, 4);
  const std::uint32_t most = 1U << header.bits;
  const std::uint32_t colours = stated == 0 ? most : std::min(stated, most);
  std::vector<std::byte> raw(colours * entry);
  source.read_exactly(kInfo + info_bytes, raw);
  header.grey = colours == 256;
  for (std::size_t i = 0; i < colours; ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      header.palette.push_back(raw[i * entry + c]);
      header.grey = header.grey && std::to_integer<std::size_t>(header.palette.back()) == i;
    }
}

void read_profile_place(const ByteSource& source, BmpHeader& header, std::uint32_t info_bytes) {
  const std::uint32_t space = info_bytes < kVersion5Bytes ? 0 : number_at(source, kColourSpace, 4);
  header.links_profile = space == kLinked;
  if (space != kEmbedded) return;
  header.profile = kInfo + number_at(source, kProfile, 4);
  header.profile_bytes = number_at(source, kProfile + 4, 4);
}

/// Pixels per metre, of which one alone says nothing.
void read_resolution(const ByteSource& source, BmpHeader& header) {
  const auto x = static_cast<std::int32_t>(number_at(source, kResolution, 4));
  const auto y = static_cast<std::int32_t>(number_at(source, kResolution + 4, 4));
  if (x <= 0 || y <= 0) return;
  header.pixels_per_mm_x = x / 1000.0;
  header.pixels_per_mm_y = y / 1000.0;
}

/// X, Y and Z of red, green and blue, 2.30 bits. Their sums differ among writers, and say no more
/// than what white is.
bool are_srgb_primaries(const ByteSource& source) {
  constexpr std::array<double, 6> kSrgb = {0.64, 0.33, 0.30, 0.60, 0.15, 0.06};
  constexpr double kSame = 0.001;
  for (std::size_t i = 0; i < 3; ++i) {
    std::array<double, 3> xyz{};
    for (std::size_t k = 0; k < 3; ++k) xyz[k] = number_at(source, kPrimaries + 12 * i + 4 * k, 4);
    const double sum = xyz[0] + xyz[1] + xyz[2];
    if (sum == 0.0) return true;  // not stated
    for (std::size_t k = 0; k < 2; ++k)
      if (std::abs(xyz[k] / sum - kSrgb[2 * i + k]) > kSame) return false;
  }
  return true;
}

/// Of red, green and blue, 16.16 bits; written as 2.2 and as its inverse.
bool is_srgb_gamma(const ByteSource& source) {
  constexpr double kSrgb = 2.2, kSame = 0.02;
  for (std::size_t i = 0; i < 3; ++i) {
    const double gamma = number_at(source, kGammas + 4 * i, 4) / 65536.0;
    if (gamma == 0.0) return true;  // not stated
    if (std::abs(std::max(gamma, 1.0 / gamma) - kSrgb) > kSame) return false;
  }
  return true;
}

/// Source  BITMAPV4HEADER (Windows GDI): primaries and gammas count where the colour space is
///         LCS_CALIBRATED_RGB.
std::string colours_beyond_srgb(const ByteSource& source, std::uint32_t info_bytes) {
  if (info_bytes < kVersion4Bytes || number_at(source, kColourSpace, 4) != kCalibrated) return {};
  const bool primaries = !are_srgb_primaries(source), gamma = !is_srgb_gamma(source);
  if (primaries && gamma) return "primaries and gamma";
  return primaries ? "primaries" : gamma ? "gamma" : "";
}

/// What there is of the profile: whether that suffices is for others to say.
std::vector<std::byte> profile_of(const ByteSource& source, const BmpHeader& header) {
  if (header.profile >= source.size()) return {};
  const std::uint64_t left = source.size() - header.profile;
  std::vector<std::byte> profile(std::min<std::uint64_t>(header.profile_bytes, left));
  source.read_exactly(header.profile, profile);
  return profile;
}

/// One pixel index of a palette picture.
std::size_t index_at(const std::vector<std::byte>& row, int bits, int x) {
  const std::size_t bit = static_cast<std::size_t>(x) * static_cast<std::size_t>(bits);
  const unsigned byte = std::to_integer<unsigned>(row[bit / 8]);
  return byte >> (8 - bits - static_cast<int>(bit % 8)) & ((1U << bits) - 1);
}

void decode_row(const ByteSource& source,
                const BmpHeader& header,
                const std::vector<std::byte>& row,
                int y,
                Image& image) {
  std::byte* colour = reinterpret_cast<std::byte*>(image.colour_row<std::uint8_t>(y));
  for (int x = 0; x < header.width; ++x) {
    const std::byte* pixel = nullptr;
    if (header.bits <= 8) {
      const std::size_t index = index_at(row, header.bits, x);
      if (index * 3 >= header.palette.size())
        fail_bmp(source, "damaged BMP: a pixel is outside the palette");
      pixel = header.palette.data() + index * 3;
    } else {
      pixel = row.data() + static_cast<std::size_t>(x) * static_cast<std::size_t>(header.bits / 8);
    }
    for (int c = 0; c < image.channels(); ++c) *colour++ = pixel[2 - c];
    if (header.with_alpha)
      image.alpha_row<std::uint8_t>(y)[x] = std::to_integer<std::uint8_t>(pixel[3]);
  }
}

}  // namespace

BmpHeader read_bmp_header(const ByteSource& source) {
  BmpHeader header;
  header.data = number_at(source, 10, 4);
  const std::uint32_t info_bytes = number_at(source, kInfo, 4);
  const bool old = info_bytes == 12;
  if (!old && (info_bytes < 40 || info_bytes > 1024))
    fail_bmp(source, "damaged BMP: unknown header");
  const auto width = old ? static_cast<std::int32_t>(number_at(source, kInfo + 4, 2))
                         : static_cast<std::int32_t>(number_at(source, kInfo + 4, 4));
  const auto height = old ? static_cast<std::int32_t>(number_at(source, kInfo + 6, 2))
                          : static_cast<std::int32_t>(number_at(source, kInfo + 8, 4));
  header.bits = static_cast<int>(number_at(source, kInfo + (old ? 10 : 14), 2));
  const int compression = old ? kRgb : static_cast<int>(number_at(source, kInfo + 16, 4));
  if (width < 1 || height == 0 || height == INT32_MIN)
    fail_bmp(source, "damaged BMP: impossible width or height");
  header.width = width;
  header.height = std::abs(height);
  header.top_down = height < 0;
  constexpr std::array<int, 5> kBits = {1, 4, 8, 24, 32};
  const bool known_bits = std::find(kBits.begin(), kBits.end(), header.bits) != kBits.end();
  const bool masks = compression == kBitFields && header.bits == 32;
  if (!known_bits || (compression != kRgb && !masks))
    fail_bmp(source, "BMP with " + std::to_string(header.bits) + " bits per pixel, compression " +
                         std::to_string(compression) + " is not supported (convert it to PNG)");
  if (masks) header.with_alpha = read_alpha_mask(source, info_bytes);
  if (header.bits <= 8) read_palette(source, header, info_bytes);
  if (!old) read_resolution(source, header);
  header.colours = colours_beyond_srgb(source, info_bytes);
  read_profile_place(source, header, info_bytes);
  return header;
}

Image read_bmp(const ByteSource& source, const ReadOptions& options) {
  const BmpHeader header = read_bmp_header(source);
  check_pixels(source.name(), header.width, header.height, options);
  if (header.data + header.row_bytes() * header.height > source.size()) source.fail_truncated();
  Image image(header.width, header.height, header.grey ? 1 : 3, SampleType::U8, header.with_alpha);
  image.metadata.icc = profile_of(source, header);
  if (header.profile != 0 && image.metadata.icc.empty())
    image.warnings.push_back("damaged ICC profile dropped: outside the file");
  if (header.links_profile)
    image.warnings.push_back("linked colour profile dropped: the BMP names a file that holds it");
  if (!header.colours.empty())
    image.warnings.push_back(header.colours +
                             " of the BMP dropped: other than those of sRGB, as which the picture "
                             "is carried");
  image.metadata.pixels_per_mm_x = header.pixels_per_mm_x;
  image.metadata.pixels_per_mm_y = header.pixels_per_mm_y;
  settle_metadata(image.metadata, image.channels(), 0, image.warnings);
  std::vector<std::byte> row(header.row_bytes());
  for (int line = 0; line < header.height; ++line) {
    source.read_exactly(header.data + row.size() * static_cast<std::uint64_t>(line), row);
    decode_row(source, header, row, header.top_down ? line : header.height - 1 - line, image);
  }
  return image;
}

}  // namespace tessera::image
