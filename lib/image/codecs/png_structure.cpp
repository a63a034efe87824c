// SPDX-License-Identifier: MIT
#include "image/codecs/png_structure.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "image/message.h"
#include "image/metadata/png_colour.h"
#include "image/metadata/png_text.h"

namespace tessera::image {

namespace {

// signature | length(4) type(4) data(length) crc(4) | ...
constexpr std::uint64_t kSignatureBytes = 8;
constexpr std::uint64_t kChunkFrame = 12;
// More chunks than any encoder writes: an IDAT of 8 KiB each makes 8 GiB.
constexpr int kMostChunks = 1 << 20;

std::uint32_t big_endian32(const std::byte* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return value;
}

struct Chunk {
  std::uint64_t offset = 0;  ///< of the length field
  std::uint64_t length = 0;
  std::array<char, 4> type{};

  bool is(std::string_view name) const { return std::string_view(type.data(), 4) == name; }
  bool critical() const { return type[0] >= 'A' && type[0] <= 'Z'; }
  std::uint64_t end() const { return offset + kChunkFrame + length; }
};

Chunk read_chunk(const ByteSource& source, std::uint64_t offset) {
  std::array<std::byte, 8> frame{};
  source.read_exactly(offset, frame);
  Chunk chunk{offset, big_endian32(frame.data()), {}};
  std::transform(frame.begin() + 4, frame.end(), chunk.type.begin(),
                 [](std::byte b) { return static_cast<char>(b); });
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  if (!std::all_of(chunk.type.begin(), chunk.type.end(), is_letter) || chunk.length > 0x7FFFFFFF)
    fail(ErrorCode::BadImage, source.name(),
         "damaged PNG: no chunk at byte " + std::to_string(offset));
  if (chunk.end() > source.size()) source.fail_truncated();
  return chunk;
}

std::vector<std::byte> whole_chunk(const ByteSource& source, const Chunk& chunk) {
  std::vector<std::byte> bytes(kChunkFrame + chunk.length);
  source.read_exactly(chunk.offset, bytes);
  return bytes;
}

bool crc_is_right(std::span<const std::byte> chunk) {
  return crc32(chunk.subspan(4, chunk.size() - 8)) == big_endian32(chunk.data() + chunk.size() - 4);
}

void read_header(const ByteSource& source, const Chunk& chunk, PngFacts& facts) {
  if (!chunk.is("IHDR") || chunk.length != 13)
    fail(ErrorCode::BadImage, source.name(), "damaged PNG: does not begin with its header");
  const std::vector<std::byte> bytes = whole_chunk(source, chunk);
  if (!crc_is_right(bytes))
    fail(ErrorCode::BadImage, source.name(), "damaged PNG: checksum error in chunk IHDR");
  const std::uint32_t width = big_endian32(bytes.data() + 8);
  const std::uint32_t height = big_endian32(bytes.data() + 12);
  if (width == 0 || height == 0 || width > 0x7FFFFFFF || height > 0x7FFFFFFF)
    fail(ErrorCode::BadImage, source.name(), "damaged PNG: impossible width or height");
  facts.width = static_cast<int>(width);
  facts.height = static_cast<int>(height);
}

void check_signature(const ByteSource& source) {
  constexpr std::array<unsigned char, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  std::array<std::byte, 8> found{};
  source.read_exactly(0, found);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i] != std::byte{kSignature[i]})
      fail(ErrorCode::BadImage, source.name(),
           "damaged PNG signature (was it transferred as text?)");
}

/// A chunk that states how colours are meant, of its legal length.
bool is_colour(const Chunk& chunk) {
  constexpr std::pair<const char*, std::uint64_t> kLengths[] = {
      {"gAMA", 4}, {"cHRM", 32}, {"sRGB", 1}, {"cICP", 4}, {"mDCV", 24}, {"cLLI", 8}};
  return std::any_of(std::begin(kLengths), std::end(kLengths), [&](const auto& entry) {
    return chunk.is(entry.first) && chunk.length == entry.second;
  });
}

bool holds_chunk(std::span<const std::byte> chunks, std::string_view type) {
  bool found = false;
  for_each_chunk(chunks, [&](std::string_view other, std::span<const std::byte>) {
    found = found || other == type;
  });
  return found;
}

/// Whether a text is what people write of a picture, or the recipe that it was made by; programs
/// write many more, of themselves and of the file.
/// Source  PNG, third edition, 11.3.3: registered keywords.
bool is_caption(std::string_view keyword) {
  constexpr std::string_view kCaptions[] = {"Title",      "Author",   "Description", "Copyright",
                                            "Disclaimer", "Warning",  "Comment",     "Source",
                                            "Caption",    "Keywords", "Subject",     "parameters"};
  return std::find(std::begin(kCaptions), std::end(kCaptions), keyword) != std::end(kCaptions);
}

/// Notes what an ancillary chunk says; one with a wrong checksum says nothing.
void note_description(const ByteSource& source,
                      const Chunk& chunk,
                      bool has_data,
                      PngFacts& facts) {
  constexpr std::uint64_t kMostDescription = 64 << 20;
  if (chunk.critical() || chunk.length > kMostDescription) return;
  const bool colour = is_colour(chunk);
  const bool text = chunk.is("tEXt") || chunk.is("zTXt") || chunk.is("iTXt");
  if (chunk.is("acTL")) facts.animated = true;
  if (!colour && !text && !chunk.is("eXIf") && !chunk.is("pHYs")) return;
  const std::vector<std::byte> bytes = whole_chunk(source, chunk);
  if (!crc_is_right(bytes)) return;
  const std::span data = std::span(bytes).subspan(8, chunk.length);
  // Unit 1 is the metre; 0 is none, and states the shape of a pixel alone.
  if (chunk.is("pHYs")) facts.states_resolution = data.size() == 9 && data[8] == std::byte{1};
  if (colour && !has_data && !holds_chunk(facts.colour, {chunk.type.data(), 4}))
    facts.colour.insert(facts.colour.end(), bytes.begin(), bytes.end());
  if (chunk.is("eXIf")) facts.exif.assign(data.begin(), data.end());
  if (!text) return;
  const std::string_view words(reinterpret_cast<const char*>(data.data()), data.size());
  const std::string_view keyword = words.substr(0, words.find('\0'));
  if (is_caption(keyword)) facts.texts.emplace_back(keyword);
  PngTextMetadata found = metadata_from_png_text(std::string_view(chunk.type.data(), 4), data);
  if (facts.exif.empty()) facts.exif = std::move(found.exif);
  if (facts.xmp.empty()) facts.xmp = std::move(found.xmp);
}

}  // namespace

PngFacts scan_png(const ByteSource& source) {
  check_signature(source);
  PngFacts facts;
  bool has_data = false;
  std::uint64_t offset = kSignatureBytes;
  for (int count = 0; count < kMostChunks; ++count) {
    const Chunk chunk = read_chunk(source, offset);
    if (count == 0) read_header(source, chunk, facts);
    if (chunk.is("IDAT")) has_data = true;
    note_description(source, chunk, has_data, facts);
    offset = facts.end = chunk.end();
    if (!chunk.is("IEND")) continue;
    if (!has_data) fail(ErrorCode::BadImage, source.name(), "damaged PNG: holds no pixel data");
    return facts;
  }
  fail(ErrorCode::BadImage, source.name(), "damaged PNG: more than a million chunks");
}

std::vector<std::byte> png_without_metadata(const ByteSource& source) {
  std::vector<std::byte> kept(kSignatureBytes);
  source.read_exactly(0, kept);
  std::uint64_t offset = kSignatureBytes;
  for (;;) {
    const Chunk chunk = read_chunk(source, offset);
    if (chunk.critical() || chunk.is("tRNS")) {
      const std::vector<std::byte> bytes = whole_chunk(source, chunk);
      kept.insert(kept.end(), bytes.begin(), bytes.end());
    }
    if (chunk.is("IEND")) return kept;
    offset = chunk.end();
  }
}

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t crc) {
  static const std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      std::uint32_t c = n;
      for (int k = 0; k < 8; ++k) c = (c & 1) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
      table[n] = c;
    }
    return table;
  }();
  crc = ~crc;
  for (const std::byte b : bytes)
    crc = kTable[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

}  // namespace tessera::image
