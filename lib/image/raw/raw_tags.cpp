// SPDX-License-Identifier: MIT
#include "image/raw/raw_tags.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "image/metadata/tiff_directory.h"

namespace tessera::image {

namespace {

constexpr int kPhotometric = 262, kSubDirectories = 330, kDngVersion = 50706;
constexpr int kStripOffsets = 273, kStripCounts = 279, kTileOffsets = 324, kTileCounts = 325;
constexpr int kActiveArea = 50829, kNoiseProfile = 51041;
constexpr std::uint64_t kColourFilterArray = 32803, kLinearRaw = 34892;
// Cameras write fewer than ten directories; more means a loop or an attack.
constexpr std::size_t kMostDirectories = 24;
constexpr std::uint64_t kMostEntries = 1024;
constexpr std::uint64_t kMostValues = 32;      ///< that a tag may have
constexpr std::uint64_t kMostStrips = 65'536;  ///< or tiles, one of a row at least

struct Entry {
  int tag = 0, type = 0;
  std::uint64_t count = 0;
  std::uint64_t value_at = 0;  ///< offset of the four bytes that hold the value or point to it
};

/// Numbers in a file's own byte order; what lies outside the file is 0.
class TiffNumbers {
 public:
  explicit TiffNumbers(const ByteSource& source)
      : source_(source), little_(source.head().front() == std::byte{'I'}) {}

  std::uint64_t at(std::uint64_t offset, std::size_t width) const {
    std::array<std::byte, 8> bytes{};
    if (source_.read_at(offset, std::span(bytes).first(width)) != width) return 0;
    return number_of(std::span(bytes).first(width), little_);
  }
  Entry entry_at(std::uint64_t offset) const {
    return {static_cast<int>(at(offset, 2)), static_cast<int>(at(offset + 2, 2)), at(offset + 4, 4),
            offset + 8};
  }
  /// The values of an entry of whole numbers or doubles, as their bits; none of other types.
  std::vector<std::uint64_t> values_of(const Entry& entry, std::uint64_t most = kMostValues) const {
    const bool numbers = entry.type == kTiffShort || entry.type == kTiffLong ||
                         entry.type == kTiffDirectory || entry.type == kTiffDouble;
    if (!numbers || entry.count > most) return {};
    const std::size_t width = kTiffTypeBytes[static_cast<std::size_t>(entry.type)];
    const std::uint64_t first = entry.count * width > 4 ? at(entry.value_at, 4) : entry.value_at;
    std::vector<std::uint64_t> values;
    for (std::uint64_t i = 0; i < entry.count; ++i) values.push_back(at(first + i * width, width));
    return values;
  }

 private:
  const ByteSource& source_;
  bool little_;
};

void take_area(const std::vector<std::uint64_t>& values, RawTags& tags) {
  if (values.size() != 4) return;
  std::array<int, 4> sides{};
  for (std::size_t i = 0; i < 4; ++i) sides[i] = static_cast<int>(values[i] & 0x7FFFFFFF);
  if (sides[0] < sides[2] && sides[1] < sides[3])
    tags.active = RawTags::Area{sides[0], sides[1], sides[2], sides[3]};
}

void take_noise(const std::vector<std::uint64_t>& values, RawTags& tags) {
  tags.noise.clear();
  for (std::size_t i = 0; i + 1 < values.size(); i += 2)
    tags.noise.push_back({std::bit_cast<double>(values[i]), std::bit_cast<double>(values[i + 1])});
}

/// What one directory says about where its samples lie.
struct Layout {
  bool camera_raw = false;
  Entry offsets, counts;
};

/// Takes what one entry says; appends the directories that it points to.
void take_entry(const TiffNumbers& numbers,
                const Entry& entry,
                Layout& layout,
                std::vector<std::uint64_t>& directories,
                RawTags& tags) {
  if (entry.tag == kDngVersion) tags.dng = tags.camera_raw = true;
  if (entry.tag == kPhotometric)
    for (const std::uint64_t value : numbers.values_of(entry))
      if (value == kColourFilterArray || value == kLinearRaw) layout.camera_raw = true;
  if (entry.tag == kStripOffsets || entry.tag == kTileOffsets) layout.offsets = entry;
  if (entry.tag == kStripCounts || entry.tag == kTileCounts) layout.counts = entry;
  if (entry.tag == kSubDirectories)
    for (const std::uint64_t offset : numbers.values_of(entry)) directories.push_back(offset);
  if (entry.tag == kActiveArea) take_area(numbers.values_of(entry), tags);
  if (entry.tag == kNoiseProfile && entry.type == kTiffDouble)
    take_noise(numbers.values_of(entry), tags);
}

void take_layout(const TiffNumbers& numbers, const Layout& layout, RawTags& tags) {
  if (!layout.camera_raw) return;
  tags.camera_raw = true;
  const std::vector<std::uint64_t> offsets = numbers.values_of(layout.offsets, kMostStrips);
  const std::vector<std::uint64_t> counts = numbers.values_of(layout.counts, kMostStrips);
  for (std::size_t i = 0; i < std::min(offsets.size(), counts.size()); ++i)
    tags.end = std::max(tags.end, offsets[i] + counts[i]);
}

}  // namespace

RawTags raw_tags(const ByteSource& source) {
  RawTags tags;
  const TiffNumbers numbers(source);
  // Canon's CR2 says so behind the header; its raw directory has no photometric interpretation.
  if (numbers.at(8, 1) == 'C' && numbers.at(9, 1) == 'R') tags.camera_raw = true;
  std::vector<std::uint64_t> directories{numbers.at(4, 4)};
  for (std::size_t i = 0; i < directories.size() && i < kMostDirectories; ++i) {
    const std::uint64_t start = directories[i];
    if (start == 0 || start >= source.size()) continue;
    const std::uint64_t entries = numbers.at(start, 2);
    Layout layout;
    for (std::uint64_t k = 0; k < std::min(entries, kMostEntries); ++k)
      take_entry(numbers, numbers.entry_at(start + 2 + 12 * k), layout, directories, tags);
    take_layout(numbers, layout, tags);
    directories.push_back(numbers.at(start + 2 + 12 * entries, 4));
  }
  return tags;
}

bool is_camera_raw(const ByteSource& source) {
  return source.kind() == FileKind::Raw ||
         (source.kind() == FileKind::Tiff && raw_tags(source).camera_raw);
}

}  // namespace tessera::image
