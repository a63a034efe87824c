// SPDX-License-Identifier: MIT
#include "image/metadata/metadata_write.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "image/codecs/png_structure.h"
#include "image/metadata/png_colour.h"

namespace tessera::image {

namespace {

using namespace std::string_view_literals;
using Bytes = std::vector<std::byte>;

void append(Bytes& bytes, std::span<const std::byte> more) {
  // Not insert(): GCC 12 warns falsely of it.
  bytes.resize(bytes.size() + more.size());
  std::copy(more.rbegin(), more.rend(), bytes.rbegin());
}
void append(Bytes& bytes, std::string_view text) {
  append(bytes, std::as_bytes(std::span(text.data(), text.size())));
}

void append_big_endian(Bytes& bytes, std::uint64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) bytes.push_back(static_cast<std::byte>(value >> 8 * i));
}
void append_little_endian(Bytes& bytes, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) bytes.push_back(static_cast<std::byte>(value >> 8 * i));
}

// --- JPEG: FF marker | length(2) data ---

constexpr std::size_t kSegmentData = 65533;

void append_segment(Bytes& bytes, int marker, const Bytes& data) {
  append_big_endian(bytes, static_cast<std::uint64_t>(0xFF00 | marker), 2);
  append_big_endian(bytes, data.size() + 2, 2);
  append(bytes, data);
}

/// APP0: "JFIF\0" version(2) units(1) x(2) y(2) thumbnail(2). Whole dots per inch, or square pixels
/// of no stated size.
void append_jfif(Bytes& bytes, const ImageMetadata& metadata) {
  const long x = std::lround(metadata.pixels_per_mm_x * 25.4),
             y = std::lround(metadata.pixels_per_mm_y * 25.4);
  const bool stated = x >= 1 && y >= 1 && x <= 65535 && y <= 65535;
  Bytes data;
  append(data, "JFIF\0\1\1"sv);
  append_big_endian(data, stated ? 1 : 0, 1);
  append_big_endian(data, static_cast<std::uint64_t>(stated ? x : 1), 2);
  append_big_endian(data, static_cast<std::uint64_t>(stated ? y : 1), 2);
  append_big_endian(data, 0, 2);
  append_segment(bytes, 0xE0, data);
}

void append_app1(Bytes& bytes,
                 std::string_view signature,
                 const Bytes& content,
                 const char* what,
                 std::vector<std::string>& warnings) {
  if (content.empty()) return;
  Bytes data;
  append(data, signature);
  append(data, content);
  if (data.size() > kSegmentData) {
    warnings.push_back(std::string(what) + " is too long for JPEG: not written");
    return;
  }
  append_segment(bytes, 0xE1, data);
}

/// Source  ICC.1:2022, annex B.4: profiles cut into numbered parts.
void append_profile(Bytes& bytes, const Bytes& profile, std::vector<std::string>& warnings) {
  constexpr std::size_t kPart = kSegmentData - 14;
  const std::size_t parts = (profile.size() + kPart - 1) / kPart;
  if (parts > 255) {
    warnings.push_back("ICC profile is too long for JPEG: not written");
    return;
  }
  for (std::size_t i = 0; i < parts; ++i) {
    Bytes data;
    append(data, "ICC_PROFILE\0"sv);
    append_big_endian(data, i + 1, 1);
    append_big_endian(data, parts, 1);
    append(data,
           std::span(profile).subspan(i * kPart, std::min(kPart, profile.size() - i * kPart)));
    append_segment(bytes, 0xE2, data);
  }
}

// --- PNG: length(4) type(4) data crc(4) ---

void append_chunk(Bytes& bytes, std::string_view type, const Bytes& data) {
  append_big_endian(bytes, data.size(), 4);
  const std::size_t begin = bytes.size();
  append(bytes, type);
  append(bytes, data);
  append_big_endian(bytes, crc32(std::span(bytes).subspan(begin)), 4);
}

/// zlib stream of stored blocks (RFC 1950 and 1951): profiles hardly shrink, and bytes stay bytes.
Bytes zlib_stored(const Bytes& data) {
  Bytes stream = {std::byte{0x78}, std::byte{0x01}};
  std::uint64_t a = 1, b = 0;  // Adler-32
  for (std::size_t at = 0; at < data.size() || at == 0;) {
    const std::size_t length = std::min<std::size_t>(65535, data.size() - at);
    append_big_endian(stream, at + length == data.size() ? 1 : 0, 1);
    append_little_endian(stream, length, 2);
    append_little_endian(stream, ~length & 0xFFFF, 2);
    append(stream, std::span(data).subspan(at, length));
    at += std::max<std::size_t>(length, 1);
  }
  for (const std::byte byte : data) {
    a = (a + std::to_integer<std::uint64_t>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  append_big_endian(stream, b << 16 | a, 4);
  return stream;
}

/// The colour chunks, less sRGB where a profile says it better: PNG allows one of the two.
Bytes colour_chunks(const ImageMetadata& metadata) {
  Bytes kept;
  for_each_chunk(metadata.png_colour, [&](std::string_view type, std::span<const std::byte> whole) {
    if (metadata.icc.empty() || type != "sRGB") append(kept, whole);
  });
  return kept;
}

// --- WebP: "RIFF" size(4) "WEBP" | type(4) size(4) data, padded to even ---

void append_riff_chunk(Bytes& bytes, std::string_view type, std::span<const std::byte> data) {
  if (data.empty()) return;
  append(bytes, type);
  append_little_endian(bytes, data.size(), 4);
  append(bytes, data);
  if (data.size() % 2 != 0) bytes.push_back(std::byte{0});
}

/// Data of the first chunk of that type, or nothing.
std::span<const std::byte> riff_chunk(std::span<const std::byte> file, std::string_view type) {
  for (std::size_t at = 12; at + 8 <= file.size();) {
    std::size_t size = 0;
    for (std::size_t i = 4; i-- > 0;)
      size = size << 8 | std::to_integer<std::size_t>(file[at + 4 + i]);
    if (size > file.size() - at - 8) return {};
    if (std::string_view(reinterpret_cast<const char*>(file.data()) + at, 4) == type)
      return file.subspan(at + 8, size);
    at += 8 + size + size % 2;
  }
  return {};
}

}  // namespace

std::vector<std::byte> jpeg_segments(const ImageMetadata& metadata,
                                     std::vector<std::string>& warnings) {
  Bytes bytes;
  append_jfif(bytes, metadata);
  append_app1(bytes, "Exif\0\0"sv, metadata.exif, "EXIF", warnings);
  append_app1(bytes, "http://ns.adobe.com/xap/1.0/\0"sv, metadata.xmp, "XMP", warnings);
  append_profile(bytes, metadata.icc, warnings);
  return bytes;
}

std::vector<std::byte> png_chunks(const ImageMetadata& metadata) {
  Bytes bytes = colour_chunks(metadata);
  if (!metadata.icc.empty()) {
    Bytes data;
    append(data, "icc\0\0"sv);
    append(data, zlib_stored(metadata.icc));
    append_chunk(bytes, "iCCP", data);
  }
  if (!metadata.exif.empty()) append_chunk(bytes, "eXIf", metadata.exif);
  if (!metadata.xmp.empty()) {
    Bytes data;
    append(data, "XML:com.adobe.xmp\0\0\0\0\0"sv);
    append(data, metadata.xmp);
    append_chunk(bytes, "iTXt", data);
  }
  return bytes;
}

std::vector<std::byte> webp_with_metadata(std::span<const std::byte> file,
                                          const ImageMetadata& metadata,
                                          int width,
                                          int height,
                                          bool keeps_resolution) {
  const auto lossless = riff_chunk(file, "VP8L"), lossy = riff_chunk(file, "VP8 "),
             alpha = riff_chunk(file, "ALPH");
  const auto made = keeps_resolution ? riff_chunk(file, "EXIF") : std::span<const std::byte>();
  const std::span<const std::byte> exif = metadata.exif.empty() ? made : metadata.exif;
  // VP8L: signature byte, 14 bits width - 1, 14 bits height - 1, one bit alpha.
  const bool has_alpha =
      !alpha.empty() || (lossless.size() > 4 && (std::to_integer<int>(lossless[4]) & 0x10) != 0);
  const int flags = (metadata.icc.empty() ? 0 : 0x20) | (has_alpha ? 0x10 : 0) |
                    (exif.empty() ? 0 : 0x08) | (metadata.xmp.empty() ? 0 : 0x04);
  Bytes extended;
  append_little_endian(extended, static_cast<std::uint64_t>(flags), 4);
  append_little_endian(extended, static_cast<std::uint64_t>(width - 1), 3);
  append_little_endian(extended, static_cast<std::uint64_t>(height - 1), 3);
  Bytes body;
  append(body, "WEBP"sv);
  if (flags != 0) append_riff_chunk(body, "VP8X", extended);
  append_riff_chunk(body, "ICCP", metadata.icc);
  append_riff_chunk(body, "ALPH", alpha);
  append_riff_chunk(body, "VP8 ", lossy);
  append_riff_chunk(body, "VP8L", lossless);
  append_riff_chunk(body, "EXIF", exif);
  append_riff_chunk(body, "XMP ", metadata.xmp);
  Bytes result;
  append(result, "RIFF"sv);
  append_little_endian(result, body.size(), 4);
  append(result, body);
  return result;
}

}  // namespace tessera::image
