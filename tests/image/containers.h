// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>

#include "image/codecs/png_structure.h"
#include "image/image_files.h"

namespace tessera::test {

inline void append(Bytes& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}
inline void append_big(Bytes& bytes, std::uint64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) bytes.push_back(static_cast<std::byte>(value >> 8 * i));
}
inline void append_little(Bytes& bytes, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i)
    bytes.push_back(i < 8 ? static_cast<std::byte>(value >> 8 * i) : std::byte{0});
}

inline Bytes raw(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

/// The picture of a file of these bytes.
inline Image read_from(const TemporaryFolder& folder, const Bytes& bytes) {
  write_bytes(folder / "x", bytes);
  return read_image(folder / "x");
}

/// A PNG chunk with its checksum.
inline Bytes png_chunk(std::string_view type, const Bytes& data) {
  Bytes body = bytes_of(type), chunk;
  append(body, data);
  append_big(chunk, data.size(), 4);
  append(chunk, body);
  append_big(chunk, image::crc32(body), 4);
  return chunk;
}

/// A PNG of one stored deflate block. `rows` holds filter bytes and packed samples; `chunks` stand
/// between header and pixels.
inline Bytes png_file(
    int width, int height, int bits, int colour_type, const Bytes& rows, const Bytes& chunks) {
  Bytes file = bytes_of("\x89PNG\r\n\x1A\n"), header,
        data = bytes_of(std::string_view("\x78\x01\x01", 3));
  append_big(header, static_cast<std::uint64_t>(width), 4);
  append_big(header, static_cast<std::uint64_t>(height), 4);
  append_big(header, static_cast<std::uint64_t>(bits), 1);
  append_big(header, static_cast<std::uint64_t>(colour_type), 1);
  append_big(header, 0, 3);
  append_little(data, rows.size(), 2);
  append_little(data, ~rows.size() & 0xFFFF, 2);
  append(data, rows);
  std::uint32_t a = 1, b = 0;
  for (const std::byte byte : rows) {
    a = (a + std::to_integer<std::uint32_t>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  append_big(data, static_cast<std::uint64_t>(b) << 16 | a, 4);
  append(file, png_chunk("IHDR", header));
  append(file, chunks);
  append(file, png_chunk("IDAT", data));
  append(file, png_chunk("IEND", {}));
  return file;
}

/// An uncompressed little-endian TIFF of one strip; `tags` adds to or replaces SHORT tags.
inline Bytes tiff_file(int width,
                       int height,
                       int samples,
                       int bits,
                       const Bytes& pixels,
                       std::map<int, int> tags = {}) {
  std::map<int, int> entries = {
      {256, width},   {257, height}, {258, bits}, {259, 1}, {262, samples >= 3 ? 2 : 1},
      {277, samples}, {278, height}};
  for (const auto& [tag, value] : tags) entries[tag] = value;
  entries[273] = 8;
  entries[279] = static_cast<int>(pixels.size());
  Bytes file = bytes_of(std::string_view("II*\0", 4));
  const std::size_t bits_at = 8 + pixels.size();
  append_little(file, bits_at + 2 * static_cast<std::size_t>(samples), 4);
  append(file, pixels);
  for (int i = 0; i < samples; ++i) append_little(file, static_cast<std::uint64_t>(bits), 2);
  append_little(file, entries.size(), 2);
  for (const auto& [tag, value] : entries) {
    const bool is_bits = tag == 258 && samples > 2, is_long = tag == 273 || tag == 279;
    append_little(file, static_cast<std::uint64_t>(tag), 2);
    append_little(file, is_long ? 4 : 3, 2);
    append_little(file, tag == 258 ? static_cast<std::uint64_t>(samples) : 1, 4);
    if (tag == 258 && samples == 2)
      append_little(file, static_cast<std::uint64_t>(bits) << 16 | static_cast<std::uint64_t>(bits),
                    4);
    else
      append_little(file, is_bits ? bits_at : static_cast<std::uint64_t>(value), 4);
  }
  append_little(file, 0, 4);
  return file;
}

/// An EXIF block: Orientation, the size tags of the Exif directory, a maker note of odd bytes and,
/// on request, a thumbnail in directory 1.
inline Bytes exif_block(int orientation, bool thumbnail, bool little = true) {
  Bytes block = bytes_of(little ? std::string_view("II*\0", 4) : std::string_view("MM\0*", 4));
  const auto put = [&](std::uint64_t value, int width) {
    little ? append_little(block, value, width) : append_big(block, value, width);
  };
  const auto entry = [&](int tag, int type, std::uint64_t count, std::uint64_t value) {
    put(static_cast<std::uint64_t>(tag), 2);
    put(static_cast<std::uint64_t>(type), 2);
    put(count, 4);
    put(value, type == 3 ? 2 : 4);
    if (type == 3) put(0, 2);
  };
  put(8, 4);
  put(2, 2);  // directory 0 at 8
  entry(0x0112, 3, 1, static_cast<std::uint64_t>(orientation));
  entry(0x8769, 4, 1, 38);
  put(thumbnail ? 100 : 0, 4);
  put(3, 2);  // Exif directory at 38
  entry(0x927C, 7, 20, 80);
  entry(0xA002, 4, 1, 7);
  entry(0xA003, 3, 1, 9);
  put(0, 4);
  for (int i = 0; i < 20; ++i)
    block.push_back(static_cast<std::byte>(200 + i));  // maker note at 80
  if (!thumbnail) return block;
  put(2, 2);  // directory 1 at 100
  entry(0x0201, 4, 1, 130);
  entry(0x0202, 4, 1, 16);
  put(0, 4);
  append(block, bytes_of("THUMBNAIL-BYTES!"));  // at 130
  return block;
}

/// A colour profile that its header and tag table make sound; `filler` bytes of data.
inline Bytes icc_profile(std::string_view space, std::size_t filler) {
  Bytes profile(132 + 12 + filler);
  const auto put = [&](std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < 4; ++i)
      profile[at + i] = static_cast<std::byte>(value >> (24 - 8 * i));
  };
  const auto text = [&](std::size_t at, std::string_view word) {
    std::memcpy(profile.data() + at, word.data(), word.size());
  };
  put(0, profile.size());
  put(8, 0x02400000);
  text(12, "mntr");
  text(16, space);
  text(20, "XYZ ");
  text(36, "acsp");
  put(68, 0x0000F6D6);  // D50
  put(72, 0x00010000);
  put(76, 0x0000D32D);
  put(128, 1);
  text(132, "desc");
  put(136, 144);
  put(140, filler);
  for (std::size_t i = 0; i < filler; ++i)
    profile[144 + i] = static_cast<std::byte>(base::random_bits(7, i));
  return profile;
}

inline Bytes xmp_packet(std::string_view orientation) {
  return bytes_of(
      "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta "
      "xmlns:x='adobe:ns:meta/'><rdf:RDF>"
      "<rdf:Description tiff:Orientation=\"" +
      std::string(orientation) +
      "\" dc:title='a &lt; b'/></rdf:RDF></x:xmpmeta><?xpacket end='w'?>");
}

}  // namespace tessera::test
