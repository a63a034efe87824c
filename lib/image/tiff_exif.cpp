// SPDX-License-Identifier: MIT
#include "image/tiff_exif.h"

#include <algorithm>
#include <array>
#include <map>

namespace tessera::image {

namespace {

using Bytes = std::vector<std::byte>;

constexpr int kLong = 4;
constexpr int kExifDirectory = 34665, kGpsDirectory = 34853, kInteropDirectory = 40965;
/// Bytes of one value, and of what is turned round in it, by type.
constexpr std::array<std::size_t, 14> kTypeBytes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
constexpr std::array<std::size_t, 14> kWordBytes = {0, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8, 4};
/// Description, make, model, software, time, artist, rights.
constexpr std::array kCarriedTags{270, 271, 272, 305, 306, 315, 33432};

void put(Bytes& bytes, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) bytes.push_back(static_cast<std::byte>(value >> 8 * i));
}

std::uint64_t number_in(std::span<const std::byte> bytes, bool little) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[little ? bytes.size() - 1 - i : i]);
  return value;
}

/// An entry of a directory with its value, little-endian.
struct Field {
  int type = 0;
  std::uint64_t count = 0;
  Bytes value;
};
using Fields = std::map<int, Field>;

/// An EXIF block; what lies outside it is not there.
class Block {
 public:
  explicit Block(std::span<const std::byte> bytes)
      : bytes_(bytes), little_(!bytes.empty() && bytes[0] == std::byte{'I'}) {}

  Fields fields_at(std::uint64_t offset) const {
    Fields fields;
    const std::uint64_t count = number(offset, 2);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t at = offset + 2 + 12 * i;
      if (at + 12 > bytes_.size()) break;
      const auto type = static_cast<std::size_t>(number(at + 2, 2));
      const std::uint64_t values = number(at + 4, 4);
      if (type == 0 || type >= kTypeBytes.size()) continue;
      const std::uint64_t length = values * kTypeBytes[type];
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
    return number_in(bytes_.subspan(offset, width), little_);
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
Fields taken_directory(const Block& block, Fields& fields, int tag) {
  const auto found = fields.find(tag);
  if (found == fields.end() || found->second.value.size() != 4) return {};
  const std::uint64_t offset = number_in(found->second.value, true);
  fields.erase(found);
  return block.fields_at(offset);
}

/// Appends a directory and its values to a file of which `tail`, starting at `start`, is the end.
/// Result  where it starts.
std::uint64_t append_directory(const Fields& fields, std::uint64_t start, Bytes& tail) {
  const std::uint64_t at = start + tail.size();
  std::uint64_t values_at = at + 6 + 12 * fields.size();
  Bytes values;
  put(tail, fields.size(), 2);
  for (const auto& [tag, field] : fields) {
    put(tail, static_cast<std::uint64_t>(tag), 2);
    put(tail, static_cast<std::uint64_t>(field.type), 2);
    put(tail, field.count, 4);
    Bytes inside = field.value;
    if (inside.size() > 4) {
      put(inside = {}, values_at + values.size(), 4);
      values.insert(values.end(), field.value.begin(), field.value.end());
      values.resize(values.size() + values.size() % 2);
    }
    inside.resize(4);
    tail.insert(tail.end(), inside.begin(), inside.end());
  }
  put(tail, 0, 4);
  tail.insert(tail.end(), values.begin(), values.end());
  return at;
}

/// The entries of the file's first directory as they stand: values stay where they are.
std::optional<Fields> entries_of(const ByteSource& file) {
  Bytes head(8), count(2);
  if (file.read_at(0, head) != 8 || head[0] != std::byte{'I'} || head[2] != std::byte{42})
    return std::nullopt;
  const std::uint64_t at = number_in(std::span(head).subspan(4), true);
  file.read_exactly(at, count);
  Bytes entries(12 * number_in(count, true));
  file.read_exactly(at + 2, entries);
  Fields fields;
  for (std::size_t i = 0; i < entries.size(); i += 12) {
    const auto entry = std::span(entries).subspan(i, 12);
    fields[static_cast<int>(number_in(entry.first(2), true))] = {
        static_cast<int>(number_in(entry.subspan(2, 2), true)),
        number_in(entry.subspan(4, 4), true), Bytes(entry.begin() + 8, entry.end())};
  }
  return fields;
}

}  // namespace

std::optional<ExifTail> exif_tail(const ByteSource& file, std::span<const std::byte> exif) {
  std::optional<Fields> directory = entries_of(file);
  if (!directory || file.size() + 2 * exif.size() + 65'536 > UINT32_MAX) return std::nullopt;
  const Block block(exif);
  Fields described = block.fields_at(block.first_directory());
  Fields shot = taken_directory(block, described, kExifDirectory);
  const Fields place = taken_directory(block, described, kGpsDirectory);
  shot.erase(kInteropDirectory);
  for (const int tag : kCarriedTags)
    if (const auto found = described.find(tag); found != described.end()) directory->insert(*found);

  // Directories start at even bytes.
  ExifTail tail;
  tail.bytes.resize(file.size() % 2);
  const auto link = [&](int tag, const Fields& fields) {
    if (fields.empty()) return;
    Field pointer{kLong, 1, {}};
    put(pointer.value, append_directory(fields, file.size(), tail.bytes), 4);
    (*directory)[tag] = pointer;
  };
  link(kExifDirectory, shot);
  link(kGpsDirectory, place);
  tail.directory =
      static_cast<std::uint32_t>(append_directory(*directory, file.size(), tail.bytes));
  return tail;
}

}  // namespace tessera::image
