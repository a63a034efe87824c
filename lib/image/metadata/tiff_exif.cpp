// SPDX-License-Identifier: MIT
#include "image/metadata/tiff_exif.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "image/metadata/tiff_directory.h"
#include "image/metadata/tiff_reader.h"

namespace tessera::image {

namespace {

using Bytes = std::vector<std::byte>;

constexpr int kDescription = 270, kOrientation = 274;
/// Description, make, model, software, time, artist, rights.
constexpr std::array kCarriedTags{kDescription, 271, 272, 305, 306, 315, 33432};

// Directories below these two: nobody carries them, and where they lay is not where they lie.
constexpr std::array kDeeperDirectories{330, kExifDirectory, kGpsDirectory, kInteropDirectory};
// Cameras write some 100 KiB, most of it the maker note.
constexpr std::uint64_t kMostExif = 16 << 20;

/// What EXIF keeps of a file or of a block: little-endian, each directory by itself.
struct ExifFields {
  TiffFields described, shot, place;
  std::string damage;  ///< empty: sound
};

ExifFields exif_fields(const ByteSource& source) {
  const TiffReader reader(source);
  std::vector<int> wanted(kCarriedTags.begin(), kCarriedTags.end());
  wanted.insert(wanted.end(), {kExifDirectory, kGpsDirectory});
  ExifFields found;
  std::uint64_t budget = kMostExif;
  std::vector<std::uint64_t> seen{reader.first_directory()};
  found.described = reader.fields_at(seen[0], wanted, budget, found.damage);
  const auto take = [&](int tag, TiffFields& fields) {
    const auto pointer = found.described.find(tag);
    if (pointer == found.described.end()) return;
    const std::uint64_t offset = single_number(pointer->second);
    found.described.erase(pointer);
    if (std::find(seen.begin(), seen.end(), offset) != seen.end()) {
      if (found.damage.empty()) found.damage = "directories contain each other";
      return;
    }
    seen.push_back(offset);
    fields = reader.fields_at(offset, {}, budget, found.damage);
    for (const int deeper : kDeeperDirectories) fields.erase(deeper);
    // Types of BigTIFF exist in no EXIF block.
    std::erase_if(fields, [](const auto& field) {
      return field.second.type >= static_cast<int>(kTiffTypeBytes.size());
    });
  };
  take(kExifDirectory, found.shot);
  take(kGpsDirectory, found.place);
  return found;
}

/// Some programs describe the file and not the picture: shape or number of its pages. Of another
/// file that would be wrong.
bool describes_file(const TiffField& description) {
  const std::string_view text(reinterpret_cast<const char*>(description.value.data()),
                              description.value.size());
  return text.starts_with("{\"shape\"") || text.starts_with("ImageJ=") ||
         text.substr(0, 1024).find("<OME ") != text.npos;
}

/// The entries of the file's first directory as they stand: values stay where they are.
std::optional<TiffFields> entries_of(const ByteSource& file) {
  Bytes head(8), count(2);
  if (file.read_at(0, head) != 8 || head[0] != std::byte{'I'} || head[2] != std::byte{42})
    return std::nullopt;
  const std::uint64_t at = number_of(std::span(head).subspan(4), true);
  file.read_exactly(at, count);
  Bytes entries(12 * number_of(count, true));
  file.read_exactly(at + 2, entries);
  TiffFields fields;
  for (std::size_t i = 0; i < entries.size(); i += 12) {
    const auto entry = std::span(entries).subspan(i, 12);
    fields[static_cast<int>(number_of(entry.first(2), true))] = {
        static_cast<int>(number_of(entry.subspan(2, 2), true)),
        number_of(entry.subspan(4, 4), true), Bytes(entry.begin() + 8, entry.end())};
  }
  return fields;
}

}  // namespace

std::optional<ExifTail> exif_tail(const ByteSource& file, std::span<const std::byte> exif) {
  std::optional<TiffFields> directory = entries_of(file);
  if (!directory || file.size() + 2 * exif.size() + 65'536 > UINT32_MAX) return std::nullopt;
  const ExifFields found = exif_fields(ByteSource::from_memory({exif.begin(), exif.end()}, "EXIF"));
  directory->insert(found.described.begin(), found.described.end());

  // Directories start at even bytes.
  ExifTail tail;
  tail.bytes.resize(file.size() % 2);
  const auto link = [&](int tag, const TiffFields& fields) {
    if (fields.empty()) return;
    TiffField pointer{kTiffLong, 1, {}};
    put_number(pointer.value, append_tiff_directory(fields, file.size(), tail.bytes), 4);
    (*directory)[tag] = pointer;
  };
  link(kExifDirectory, found.shot);
  link(kGpsDirectory, found.place);
  tail.directory =
      static_cast<std::uint32_t>(append_tiff_directory(*directory, file.size(), tail.bytes));
  return tail;
}

TiffExif exif_from_tiff(const ByteSource& file) {
  ExifFields found = exif_fields(file);
  if (const auto text = found.described.find(kDescription);
      text != found.described.end() && describes_file(text->second))
    found.described.erase(text);
  TiffExif result{{}, found.damage};
  TiffFields& first = found.described;
  if (first.empty() && found.shot.empty() && found.place.empty()) return result;
  const auto put_value = [&](int tag, int type, std::uint64_t value) {
    TiffField field{type, 1, {}};
    put_number(field.value, value, type == kTiffShort ? 2 : 4);
    first[tag] = std::move(field);
  };
  put_value(kOrientation, kTiffShort, 1);
  if (!found.shot.empty()) put_value(kExifDirectory, kTiffLong, 0);
  if (!found.place.empty()) put_value(kGpsDirectory, kTiffLong, 0);
  // Layout: header(8), directory 0, Exif directory, GPS directory.
  const std::uint64_t shot_at = 8 + tiff_directory_bytes(first);
  if (!found.shot.empty()) put_value(kExifDirectory, kTiffLong, shot_at);
  if (!found.place.empty())
    put_value(kGpsDirectory, kTiffLong,
              shot_at + (found.shot.empty() ? 0 : tiff_directory_bytes(found.shot)));
  put_number(result.block, 0x002A4949, 4);
  put_number(result.block, 8, 4);
  append_tiff_directory(first, 0, result.block);
  if (!found.shot.empty()) append_tiff_directory(found.shot, 0, result.block);
  if (!found.place.empty()) append_tiff_directory(found.place, 0, result.block);
  return result;
}

}  // namespace tessera::image
