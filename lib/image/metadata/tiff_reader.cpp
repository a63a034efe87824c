// SPDX-License-Identifier: MIT
#include "image/metadata/tiff_reader.h"

#include <algorithm>
#include <array>

namespace tessera::image {

namespace {

// Numbers of 8 bytes of BigTIFF: without sign, with sign, place of a directory.
constexpr int kFirstLong8 = 16, kLastLong8 = 18;
// Files have fewer than a hundred entries in a directory; more means damage.
constexpr std::uint64_t kMostEntries = 4096;

/// Bytes of what is turned round in a value of that type: both halves of a rational.
std::size_t word_bytes(int type, std::size_t width) {
  return type == kTiffRational || type == kTiffSignedRational ? width / 2 : width;
}

/// Little-endian, whatever it was.
void turn_words(std::vector<std::byte>& value, std::size_t word) {
  for (std::size_t i = 0; i + word <= value.size(); i += word)
    std::reverse(value.begin() + static_cast<std::ptrdiff_t>(i),
                 value.begin() + static_cast<std::ptrdiff_t>(i + word));
}

}  // namespace

TiffReader::TiffReader(const ByteSource& source)
    : source_(source),
      little_(!source.head().empty() && source.head().front() == std::byte{'I'}),
      big_(number(2, 2) == 43) {}

std::uint64_t TiffReader::number(std::uint64_t offset, std::size_t width) const {
  std::array<std::byte, 8> bytes{};
  if (source_.read_at(offset, std::span(bytes).first(width)) != width) return 0;
  return number_of(std::span(bytes).first(width), little_);
}

TiffEntry TiffReader::entry_at(std::uint64_t offset) const {
  return {static_cast<int>(number(offset, 2)), static_cast<int>(number(offset + 2, 2)),
          number(offset + 4, 4), offset + 8};
}

TiffEntry TiffReader::any_entry_at(std::uint64_t offset) const {
  const TiffEntry entry = entry_at(offset);
  return big_ ? TiffEntry{entry.tag, entry.type, number(offset + 4, 8), offset + 12} : entry;
}

std::uint64_t TiffReader::first_directory() const { return big_ ? number(8, 8) : number(4, 4); }

std::optional<TiffEntry> TiffReader::find(int tag) const {
  const std::uint64_t first = first_directory();
  const std::uint64_t count = std::min(number(first, count_bytes()), kMostEntries);
  for (std::uint64_t i = 0; i < count; ++i)
    if (const TiffEntry entry = any_entry_at(first + count_bytes() + entry_bytes() * i);
        entry.tag == tag)
      return entry;
  return std::nullopt;
}

std::size_t TiffReader::width_of(int type) const {
  if (type >= 0 && type < static_cast<int>(kTiffTypeBytes.size()))
    return kTiffTypeBytes[static_cast<std::size_t>(type)];
  return big_ && type >= kFirstLong8 && type <= kLastLong8 ? 8 : 0;
}

std::string TiffReader::add_field(const TiffEntry& entry,
                                  std::uint64_t& budget,
                                  TiffFields& fields) const {
  const std::string name = "tag " + std::to_string(entry.tag);
  const std::size_t width = width_of(entry.type), inside = big_ ? 8 : 4;
  if (width == 0) return name + " has the unknown type " + std::to_string(entry.type);
  const bool fits = entry.count <= source_.size() / width;
  const std::uint64_t length = fits ? entry.count * width : 0;
  const std::uint64_t first = length > inside ? number(entry.value_at, inside) : entry.value_at;
  if (!fits || first > source_.size() || length > source_.size() - first)
    return name + " points outside the file";
  if (length > budget) return name + " is too long";
  TiffField field{entry.type, entry.count, std::vector<std::byte>(length)};
  source_.read_exactly(first, field.value);
  if (!little_) turn_words(field.value, word_bytes(entry.type, width));
  budget -= length;
  // Of two entries of one tag the first counts, as for libtiff.
  fields.try_emplace(entry.tag, std::move(field));
  return {};
}

TiffFields TiffReader::fields_at(std::uint64_t offset,
                                 std::span<const int> wanted,
                                 std::uint64_t& budget,
                                 std::string& damage) const {
  TiffFields fields;
  const auto note = [&](const std::string& found) {
    if (damage.empty()) damage = found;
  };
  if (offset < 8 || offset >= source_.size()) note("a directory lies outside the file");
  const std::uint64_t count = number(offset, count_bytes());
  if (count > kMostEntries) note("a directory of " + std::to_string(count) + " entries");
  for (std::uint64_t i = 0; i < std::min(count, kMostEntries); ++i) {
    const std::uint64_t at = offset + count_bytes() + entry_bytes() * i;
    if (at + entry_bytes() > source_.size()) {
      note("a directory leaves the file");
      break;
    }
    const TiffEntry entry = any_entry_at(at);
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), entry.tag) != wanted.end())
      if (const std::string found = add_field(entry, budget, fields); !found.empty()) note(found);
  }
  return fields;
}

std::uint64_t single_number(const TiffField& field) {
  const bool whole = field.type == kTiffShort || field.type == kTiffLong ||
                     field.type == kTiffDirectory ||
                     (field.type >= kFirstLong8 && field.type <= kLastLong8);
  return whole && field.count == 1 ? number_of(field.value, true) : 0;
}

}  // namespace tessera::image
