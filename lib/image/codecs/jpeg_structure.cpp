// SPDX-License-Identifier: MIT
#include "image/codecs/jpeg_structure.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "image/message.h"
#include "image/metadata/tiff_reader.h"

namespace tessera::image {

namespace {

// FF marker | length(2, counts itself) data | ...; SOI, TEM and RSTn stand alone.
struct Segment {
  int marker = 0;
  std::uint64_t offset = 0;  ///< of the FF that precedes the marker
  std::uint64_t end = 0;
};

[[noreturn]] void fail_jpeg(const ByteSource& source, const std::string& cause) {
  fail(ErrorCode::BadImage, source.name(), cause);
}

/// Offset of the next FF that a marker follows, at or after `offset`.
std::uint64_t find_marker(const ByteSource& source, std::uint64_t offset) {
  std::vector<std::byte> block(4096);
  for (;;) {
    const std::size_t got = source.read_at(offset, block);
    if (got < 2) source.fail_truncated();
    for (std::size_t i = 0; i + 1 < got; ++i)
      if (block[i] == std::byte{0xFF} && block[i + 1] != std::byte{0} &&
          block[i + 1] != std::byte{0xFF})
        return offset + i;
    offset += got - 1;
  }
}

Segment read_segment(const ByteSource& source, std::uint64_t offset) {
  std::array<std::byte, 4> head{};
  source.read_exactly(offset, std::span(head).first(2));
  const bool at_marker =
      head[0] == std::byte{0xFF} && head[1] != std::byte{0} && head[1] != std::byte{0xFF};
  if (!at_marker) {
    offset = find_marker(source, offset);
    source.read_exactly(offset, std::span(head).first(2));
  }
  const int marker = std::to_integer<int>(head[1]);
  const bool alone =
      marker == 0xD8 || marker == 0xD9 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
  if (alone) return {marker, offset, offset + 2};
  source.read_exactly(offset, head);
  const std::uint64_t length =
      std::to_integer<std::uint64_t>(head[2]) << 8 | std::to_integer<std::uint64_t>(head[3]);
  if (length < 2)
    fail_jpeg(source, "damaged JPEG: impossible segment at byte " + std::to_string(offset));
  if (offset + 2 + length > source.size()) source.fail_truncated();
  return {marker, offset, offset + 2 + length};
}

bool is_frame(int marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/// Refuses what this program cannot decode, with the reason.
void check_frame(const ByteSource& source, int marker, int precision, int components) {
  if (precision != 8)
    fail_jpeg(source, "JPEG with " + std::to_string(precision) +
                          " bits per sample is not supported (convert it to 16-bit PNG or TIFF)");
  if (marker >= 0xC9)
    fail_jpeg(source, "arithmetic-coded JPEG is not supported (recode it with jpegtran)");
  if (marker != 0xC0 && marker != 0xC1 && marker != 0xC2)
    fail_jpeg(source, "lossless or hierarchical JPEG is not supported (convert it to PNG)");
  if (components == 4) fail_jpeg(source, "CMYK JPEG is not supported (convert it to RGB first)");
  if (components != 1 && components != 3)
    fail_jpeg(source, "JPEG with " + std::to_string(components) + " components is not supported");
}

JpegFacts read_frame(const ByteSource& source, const Segment& segment) {
  std::array<std::byte, 6> body{};
  if (segment.end - segment.offset < 4 + body.size())
    fail_jpeg(source, "damaged JPEG: short frame header");
  source.read_exactly(segment.offset + 4, body);
  const auto at = [&](int i) { return std::to_integer<int>(body[static_cast<std::size_t>(i)]); };
  JpegFacts facts{at(3) << 8 | at(4), at(1) << 8 | at(2), at(5)};
  check_frame(source, segment.marker, at(0), facts.components);
  if (facts.width == 0 || facts.height == 0)
    fail_jpeg(source, "damaged JPEG: impossible width or height");
  return facts;
}

/// APP0 of JFIF: length(2) "JFIF\0" version(2) units(1), 0 for a mere aspect ratio.
bool states_density(const ByteSource& source, const Segment& segment) {
  std::array<std::byte, 8> body{};
  if (segment.end - segment.offset < 4 + body.size()) return false;
  source.read_exactly(segment.offset + 4, body);
  return body[0] == std::byte{'J'} && body[3] == std::byte{'F'} && body[7] != std::byte{0};
}

/// Source  XMP specification part 3 (2020), section 1.1.3.1.
bool is_extended_xmp(const ByteSource& source, const Segment& segment) {
  constexpr std::string_view kSignature("http://ns.adobe.com/xmp/extension/\0", 35);
  std::array<char, kSignature.size()> found{};
  if (segment.marker != 0xE1 || segment.end - segment.offset < 4 + found.size()) return false;
  source.read_exactly(segment.offset + 4, std::as_writable_bytes(std::span(found)));
  return std::string_view(found.data(), found.size()) == kSignature;
}

/// APP13 of Photoshop with an IPTC record.
bool holds_iptc(const ByteSource& source, const Segment& segment) {
  constexpr std::string_view kSignature("Photoshop 3.0\0", 14);
  if (segment.marker != 0xED || segment.end - segment.offset < 4 + kSignature.size()) return false;
  std::string body(segment.end - segment.offset - 4, '\0');
  source.read_exactly(segment.offset + 4, std::as_writable_bytes(std::span(body)));
  return body.starts_with(kSignature) && holds_iptc_resource(body);
}

/// APP2 of the multi-picture format: length(2) "MPF\0", then the header and a directory of a TIFF
/// with 16 bytes for each picture: attributes(4), whose lowest 24 bits are its kind, size(4),
/// offset(4), dependents(4).
/// Source  CIPA DC-007 (2009), 5.2.
int pictures_beside(const ByteSource& source, const Segment& segment) {
  constexpr std::string_view kSignature("MPF\0", 4);
  constexpr int kEntries = 0xB002;
  constexpr std::uint64_t kEntryBytes = 16, kThumbnailKinds = 1;
  const std::uint64_t begin = segment.offset + 4 + kSignature.size();
  if (segment.marker != 0xE2 || segment.end <= begin) return 0;
  std::array<char, kSignature.size()> found{};
  source.read_exactly(segment.offset + 4, std::as_writable_bytes(std::span(found)));
  if (std::string_view(found.data(), found.size()) != kSignature) return 0;
  std::vector<std::byte> body(segment.end - begin);
  source.read_exactly(begin, body);
  const ByteSource index = ByteSource::from_memory(std::move(body), source.name());
  if (index.kind() != FileKind::Tiff) return 0;
  const TiffReader reader(index);
  const auto entries = reader.find(kEntries);
  if (!entries) return 0;
  const std::uint64_t first = reader.number(entries->value_at, 4);
  int further = 0;
  for (std::uint64_t k = 1; k < entries->count / kEntryBytes; ++k) {
    const std::uint64_t at = first + k * kEntryBytes;
    if (at + kEntryBytes > index.size()) break;
    if ((reader.number(at, 4) & 0xFFFFFF) >> 16 != kThumbnailKinds) ++further;
  }
  return further;
}

}  // namespace

JpegFacts scan_jpeg(const ByteSource& source) {
  JpegFacts facts;
  bool density = false, extended_xmp = false, iptc = false, comment = false;
  int further_pictures = 0;
  std::uint64_t offset = 0;
  for (;;) {
    const Segment segment = read_segment(source, offset);
    if (segment.marker == 0xE0) density = density || states_density(source, segment);
    extended_xmp = extended_xmp || is_extended_xmp(source, segment);
    iptc = iptc || holds_iptc(source, segment);
    comment = comment || (segment.marker == 0xFE && segment.end - segment.offset > 4);
    further_pictures = std::max(further_pictures, pictures_beside(source, segment));
    if (is_frame(segment.marker)) {
      if (facts.width != 0) fail_jpeg(source, "damaged JPEG: two frames");
      facts = read_frame(source, segment);
    }
    if (segment.marker == 0xD9) fail_jpeg(source, "damaged JPEG: holds no pixel data");
    if (segment.marker == 0xDA) break;
    offset = segment.end;
  }
  if (facts.width == 0) fail_jpeg(source, "damaged JPEG: scan without frame header");
  facts.states_resolution = density;
  facts.extended_xmp = extended_xmp;
  facts.iptc = iptc;
  facts.comment = comment;
  facts.further_pictures = further_pictures;
  return facts;
}

bool holds_iptc_resource(std::string_view resources) {
  const std::size_t found = resources.find(std::string_view("8BIM\x04\x04\0\0", 8));
  return found != resources.npos && found + 12 < resources.size() &&
         resources.substr(found + 8, 4) != std::string_view("\0\0\0\0", 4);
}

std::vector<std::byte> jpeg_without_metadata(const ByteSource& source) {
  std::vector<std::byte> kept;
  std::uint64_t offset = 0;
  for (;;) {
    const Segment segment = read_segment(source, offset);
    const bool last = segment.marker == 0xDA;
    const int app = segment.marker - 0xE0;
    const bool describes = segment.marker == 0xFE || (app >= 1 && app <= 15 && app != 14);
    if (!describes) {
      const std::uint64_t end = last ? source.size() : segment.end;
      const std::size_t old_size = kept.size();
      kept.resize(old_size + (end - segment.offset));
      source.read_exactly(segment.offset, std::span(kept).subspan(old_size));
    }
    if (last) return kept;
    offset = segment.end;
  }
}

}  // namespace tessera::image
