// SPDX-License-Identifier: MIT
#include "image/raw/raw_tags.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "image/metadata/tiff_directory.h"
#include "image/metadata/tiff_reader.h"

namespace tessera::image {

namespace {

constexpr int kPhotometric = 262, kSubDirectories = 330, kDngVersion = 50706;
constexpr int kStripOffsets = 273, kStripCounts = 279, kTileOffsets = 324, kTileCounts = 325;
constexpr int kActiveArea = 50829, kNoiseProfile = 51041;
constexpr std::uint64_t kBigTiff = 43;  ///< no camera writes it, and entries differ
constexpr std::uint64_t kColourFilterArray = 32803, kLinearRaw = 34892;
// Cameras write fewer than ten directories; more means a loop or an attack.
constexpr std::size_t kMostDirectories = 24;
constexpr std::uint64_t kMostEntries = 1024;
constexpr std::uint64_t kMostValues = 32;      ///< that a tag may have
constexpr std::uint64_t kMostStrips = 65'536;  ///< or tiles, one of a row at least

/// The values of an entry of whole numbers or doubles, as their bits; none of other types.
std::vector<std::uint64_t> values_of(const TiffReader& reader,
                                     const TiffEntry& entry,
                                     std::uint64_t most = kMostValues) {
  const bool numbers = entry.type == kTiffShort || entry.type == kTiffLong ||
                       entry.type == kTiffDirectory || entry.type == kTiffDouble;
  if (!numbers || entry.count > most) return {};
  const std::size_t width = kTiffTypeBytes[static_cast<std::size_t>(entry.type)];
  const std::uint64_t first =
      entry.count * width > 4 ? reader.number(entry.value_at, 4) : entry.value_at;
  std::vector<std::uint64_t> values;
  for (std::uint64_t i = 0; i < entry.count; ++i)
    values.push_back(reader.number(first + i * width, width));
  return values;
}

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
  TiffEntry offsets, counts;
};

/// Takes what one entry says; appends the directories that it points to.
void take_entry(const TiffReader& reader,
                const TiffEntry& entry,
                Layout& layout,
                std::vector<std::uint64_t>& directories,
                RawTags& tags) {
  if (entry.tag == kDngVersion) tags.dng = tags.camera_raw = true;
  if (entry.tag == kPhotometric)
    for (const std::uint64_t value : values_of(reader, entry))
      if (value == kColourFilterArray || value == kLinearRaw) layout.camera_raw = true;
  if (entry.tag == kStripOffsets || entry.tag == kTileOffsets) layout.offsets = entry;
  if (entry.tag == kStripCounts || entry.tag == kTileCounts) layout.counts = entry;
  if (entry.tag == kSubDirectories)
    for (const std::uint64_t offset : values_of(reader, entry)) directories.push_back(offset);
  if (entry.tag == kActiveArea) take_area(values_of(reader, entry), tags);
  if (entry.tag == kNoiseProfile && entry.type == kTiffDouble)
    take_noise(values_of(reader, entry), tags);
}

void take_layout(const TiffReader& reader, const Layout& layout, RawTags& tags) {
  if (!layout.camera_raw) return;
  tags.camera_raw = true;
  const std::vector<std::uint64_t> offsets = values_of(reader, layout.offsets, kMostStrips);
  const std::vector<std::uint64_t> counts = values_of(reader, layout.counts, kMostStrips);
  for (std::size_t i = 0; i < std::min(offsets.size(), counts.size()); ++i)
    tags.end = std::max(tags.end, offsets[i] + counts[i]);
}

/// Canon's CR2 says so between the header and the first directory ("CR", version 2.0, an offset);
/// its raw directory has no photometric interpretation. Other files may have pixels there.
bool is_cr2(const TiffReader& reader, std::uint64_t first_directory) {
  return first_directory >= 16 && reader.number(8, 1) == 'C' && reader.number(9, 1) == 'R' &&
         reader.number(10, 1) == 2 && reader.number(11, 1) == 0;
}

}  // namespace

RawTags raw_tags(const ByteSource& source) {
  RawTags tags;
  const TiffReader reader(source);
  if (reader.number(2, 2) == kBigTiff) return tags;
  std::vector<std::uint64_t> directories{reader.number(4, 4)};
  tags.camera_raw = is_cr2(reader, directories.front());
  for (std::size_t i = 0; i < directories.size() && i < kMostDirectories; ++i) {
    const std::uint64_t start = directories[i];
    if (start == 0 || start >= source.size()) continue;
    const std::uint64_t entries = reader.number(start, 2);
    Layout layout;
    for (std::uint64_t k = 0; k < std::min(entries, kMostEntries); ++k)
      take_entry(reader, reader.entry_at(start + 2 + 12 * k), layout, directories, tags);
    take_layout(reader, layout, tags);
    directories.push_back(reader.number(start + 2 + 12 * entries, 4));
  }
  return tags;
}

bool is_camera_raw(const ByteSource& source) {
  return source.kind() == FileKind::Raw ||
         (source.kind() == FileKind::Tiff && raw_tags(source).camera_raw);
}

}  // namespace tessera::image
