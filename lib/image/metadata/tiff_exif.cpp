// SPDX-License-Identifier: MIT
#include "image/metadata/tiff_exif.h"

#include <algorithm>
#include <array>

#include "image/metadata/tiff_directory.h"

namespace tessera::image {

namespace {

using Bytes = std::vector<std::byte>;

/// Bytes of what is turned round in a value, by type.
constexpr std::array<std::size_t, 14> kWordBytes = {0, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8, 4};
/// Description, make, model, software, time, artist, rights.
constexpr std::array kCarriedTags{270, 271, 272, 305, 306, 315, 33432};

/// An EXIF block; what lies outside it is not there.
class Block {
 public:
  explicit Block(std::span<const std::byte> bytes)
      : bytes_(bytes), little_(!bytes.empty() && bytes[0] == std::byte{'I'}) {}

  TiffFields fields_at(std::uint64_t offset) const {
    TiffFields fields;
    const std::uint64_t count = number(offset, 2);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t at = offset + 2 + 12 * i;
      if (at + 12 > bytes_.size()) break;
      const auto type = static_cast<std::size_t>(number(at + 2, 2));
      const std::uint64_t values = number(at + 4, 4);
      if (type == 0 || type >= kTiffTypeBytes.size()) continue;
      const std::uint64_t length = values * kTiffTypeBytes[type];
      const std::uint64_t first = length > 4 ? number(at + 8, 4) : at + 8;
      if (first > bytes_.size() || length > bytes_.size() - first) continue;
      fields[static_cast<int>(number(at, 2))] = {static_cast<int>(type), values,
                                                 value_at(first, length, kWordBytes[type])};
    }
    return fields;
  }
  std::uint64_t first_directory() const { return number(4, 4); }

 private:
  std::uint64_t number(std::uint64_t offset, std::size_t width) const {
    if (offset + width > bytes_.size()) return 0;
    return number_of(bytes_.subspan(offset, width), little_);
  }
  Bytes value_at(std::uint64_t first, std::uint64_t length, std::size_t word) const {
    const auto part = bytes_.subspan(first, length);
    Bytes value(part.begin(), part.end());
    for (std::size_t i = 0; !little_ && i + word <= value.size(); i += word)
      std::reverse(value.begin() + static_cast<std::ptrdiff_t>(i),
                   value.begin() + static_cast<std::ptrdiff_t>(i + word));
    return value;
  }

  std::span<const std::byte> bytes_;
  bool little_;
};

/// The directory that `fields` has under `tag`, and takes it out of them.
TiffFields taken_directory(const Block& block, TiffFields& fields, int tag) {
  const auto found = fields.find(tag);
  if (found == fields.end() || found->second.value.size() != 4) return {};
  const std::uint64_t offset = number_of(found->second.value, true);
  fields.erase(found);
  return block.fields_at(offset);
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
  const Block block(exif);
  TiffFields described = block.fields_at(block.first_directory());
  TiffFields shot = taken_directory(block, described, kExifDirectory);
  const TiffFields place = taken_directory(block, described, kGpsDirectory);
  shot.erase(kInteropDirectory);
  for (const int tag : kCarriedTags)
    if (const auto found = described.find(tag); found != described.end()) directory->insert(*found);

  // Directories start at even bytes.
  ExifTail tail;
  tail.bytes.resize(file.size() % 2);
  const auto link = [&](int tag, const TiffFields& fields) {
    if (fields.empty()) return;
    TiffField pointer{kTiffLong, 1, {}};
    put_number(pointer.value, append_tiff_directory(fields, file.size(), tail.bytes), 4);
    (*directory)[tag] = pointer;
  };
  link(kExifDirectory, shot);
  link(kGpsDirectory, place);
  tail.directory =
      static_cast<std::uint32_t>(append_tiff_directory(*directory, file.size(), tail.bytes));
  return tail;
}

}  // namespace tessera::image
