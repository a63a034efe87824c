// SPDX-License-Identifier: MIT
#include "image/metadata/exif.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "image/metadata/tiff_directory.h"

namespace tessera::image {

namespace {

constexpr int kOrientation = 0x0112, kThumbnailOffset = 0x0201, kThumbnailLength = 0x0202;
constexpr int kResolutionX = 0x011A, kResolutionY = 0x011B;
// Exif has five directories; more means a loop or an attack.
constexpr std::size_t kMostDirectories = 16;

struct Entry {
  int tag = 0, type = 0;
  std::uint32_t count = 0;
  std::size_t value = 0;  ///< offset of the four bytes that hold the value or point to it
};

/// Byte-order aware access to a block; reads outside it give nothing.
class Block {
 public:
  explicit Block(std::vector<std::byte>& bytes) : bytes_(bytes) {
    if (bytes.size() < 8) return;
    const auto mark = [&](std::size_t i) { return static_cast<char>(bytes[i]); };
    little_ = mark(0) == 'I';
    valid_ = (mark(0) == 'I' || mark(0) == 'M') && mark(1) == mark(0) && number(2, 2) == 42;
  }
  bool valid() const { return valid_; }
  std::size_t size() const { return bytes_.size(); }

  std::optional<std::uint32_t> number(std::size_t offset, std::size_t width) const {
    if (offset > bytes_.size() || bytes_.size() - offset < width) return std::nullopt;
    return static_cast<std::uint32_t>(number_of(std::span(bytes_).subspan(offset, width), little_));
  }
  void set_number(std::size_t offset, std::size_t width, std::uint32_t value) {
    for (std::size_t i = 0; i < width; ++i)
      bytes_[offset + (little_ ? i : width - 1 - i)] = static_cast<std::byte>(value >> 8 * i);
  }
  /// The value of a single SHORT or LONG.
  std::optional<std::uint32_t> value_of(const Entry& entry) const {
    if (entry.count != 1 || (entry.type != kTiffShort && entry.type != kTiffLong))
      return std::nullopt;
    return number(entry.value, entry.type == kTiffShort ? 2 : 4);
  }
  void set_value(const Entry& entry, std::uint32_t value) {
    if (value_of(entry) && (entry.type == kTiffLong || value <= 0xFFFF))
      set_number(entry.value, entry.type == kTiffShort ? 2 : 4, value);
  }
  void clear(std::size_t begin, std::size_t end) {
    std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(begin),
              bytes_.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
  }

 private:
  std::vector<std::byte>& bytes_;
  bool little_ = false, valid_ = false;
};

/// Visits the entries of the directory at `offset`; returns where the offset of the next directory
/// stands, or nothing when the directory leaves the block.
std::optional<std::size_t> walk_directory(const Block& block,
                                          std::size_t offset,
                                          const std::function<void(const Entry&)>& visit) {
  const auto count = block.number(offset, 2);
  if (!count) return std::nullopt;
  const std::size_t next = offset + 2 + std::size_t{12} * *count;
  if (next > block.size()) return std::nullopt;
  for (std::size_t at = offset + 2; at < next; at += 12)
    visit({static_cast<int>(*block.number(at, 2)), static_cast<int>(*block.number(at + 2, 2)),
           *block.number(at + 4, 4), at + 8});
  return next;
}

/// Why an entry is unsound, or empty.
std::string damage_of(const Block& block, const Entry& entry) {
  const bool known = entry.type >= 1 && entry.type < static_cast<int>(kTiffTypeBytes.size());
  if (!known)
    return "tag " + std::to_string(entry.tag) + " has the unknown type " +
           std::to_string(entry.type);
  const std::uint64_t bytes =
      kTiffTypeBytes[static_cast<std::size_t>(entry.type)] * std::uint64_t{entry.count};
  if (bytes > 4 && *block.number(entry.value, 4) + bytes > block.size())
    return "tag " + std::to_string(entry.tag) + " points outside the block";
  return {};
}

/// Visits every entry of directory 0 and of the directories below it. `where` is 0 for directory 0.
void walk_all(const Block& block,
              ExifReport& report,
              const std::function<void(int where, const Entry&)>& visit) {
  struct Place {
    int where;
    std::size_t offset;
  };
  std::vector<Place> places = {{0, block.number(4, 4).value_or(0)}};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const int where = places[i].where;
    const auto next = walk_directory(block, places[i].offset, [&](const Entry& entry) {
      visit(where, entry);
      if (report.damage.empty()) report.damage = damage_of(block, entry);
      const bool down = entry.tag == kExifDirectory || entry.tag == kGpsDirectory ||
                        entry.tag == kInteropDirectory;
      const auto offset = block.value_of(entry);
      if (!down || !offset) return;
      if (places.size() < kMostDirectories)
        places.push_back({entry.tag, *offset});
      else
        report.damage = "directories contain each other";
    });
    if (!next && report.damage.empty()) report.damage = "a directory lies outside the block";
    if (!next && i == 0) report.readable = false;
  }
}

/// Zeroes the thumbnail that directory 1 points to, and unlinks that directory.
void drop_thumbnail(Block& block) {
  const std::size_t first = block.number(4, 4).value_or(0);
  const auto link = walk_directory(block, first, [](const Entry&) {});
  if (!link) return;
  const auto second = block.number(*link, 4);
  if (!second || *second == 0) return;
  std::size_t begin = 0, length = 0;
  walk_directory(block, *second, [&](const Entry& entry) {
    if (entry.tag == kThumbnailOffset) begin = block.value_of(entry).value_or(0);
    if (entry.tag == kThumbnailLength) length = block.value_of(entry).value_or(0);
  });
  // Only what lies behind directory 0 can be a thumbnail.
  if (begin >= *link + 4 && begin < block.size())
    block.clear(begin, begin + std::min(length, block.size() - begin));
  block.set_number(*link, 4, 0);
}

/// Two single RATIONALs lie behind the directories; the entries say where.
void exchange_rationals(Block& block, const Entry& first, const Entry& second) {
  if (first.type != kTiffRational || first.count != 1) return;
  if (second.type != kTiffRational || second.count != 1) return;
  const std::uint32_t place = *block.number(first.value, 4);
  block.set_number(first.value, 4, *block.number(second.value, 4));
  block.set_number(second.value, 4, place);
}

/// Calls change(first, count) for each place, from the last to the first, where a property of an
/// XMP packet is a number of so many digits: an attribute, name="6", or an element, <name>6</name>.
template <typename Change>
void for_each_number(const std::vector<std::byte>& xmp, std::string_view name, Change&& change) {
  const auto text = [&] {
    return std::string_view(reinterpret_cast<const char*>(xmp.data()), xmp.size());
  };
  for (std::size_t at = text().rfind(name); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : text().rfind(name, at - 1)) {
    const std::size_t behind = at + name.size();
    const std::size_t first = behind + (text().substr(behind, 1) == ">" ? 1 : 2);
    if (first >= xmp.size()) continue;
    const std::size_t end = text().find_first_not_of("0123456789", first);
    if (end != std::string_view::npos && end > first) change(first, end - first);
  }
}

}  // namespace

ExifReport make_exif_upright(std::vector<std::byte>& exif) {
  ExifReport report;
  Block block(exif);
  if (!block.valid()) return {0, false, "no TIFF header"};
  std::optional<Entry> across, down;
  walk_all(block, report, [&](int where, const Entry& entry) {
    if (where != 0) return;
    if (entry.tag == kResolutionX) across = entry;
    if (entry.tag == kResolutionY) down = entry;
    if (entry.tag != kOrientation) return;
    const auto value = block.value_of(entry);
    if (value && *value >= 1 && *value <= 8) report.orientation = static_cast<int>(*value);
    block.set_value(entry, 1);
  });
  if (report.orientation >= 5 && across && down) exchange_rationals(block, *across, *down);
  if (report.readable) drop_thumbnail(block);
  return report;
}

std::optional<ExifResolution> exif_resolution(const std::vector<std::byte>& exif) {
  std::vector<std::byte> bytes = exif;
  const Block block(bytes);
  if (!block.valid()) return std::nullopt;
  double x = 0.0, y = 0.0, unit_mm = 25.4;  // inches when no unit is stated
  walk_directory(block, block.number(4, 4).value_or(0), [&](const Entry& entry) {
    if (entry.tag == 0x0128) {
      const std::uint32_t unit = block.value_of(entry).value_or(1);
      unit_mm = unit == 2 ? 25.4 : unit == 3 ? 10.0 : 0.0;
    }
    if (entry.type != kTiffRational || entry.count != 1) return;
    const std::size_t place = block.number(entry.value, 4).value_or(0);
    const double above = block.number(place, 4).value_or(0);
    const double below = block.number(place + 4, 4).value_or(0);
    if (entry.tag == kResolutionX && below > 0.0) x = above / below;
    if (entry.tag == kResolutionY && below > 0.0) y = above / below;
  });
  if (!(x > 0.0) || !(y > 0.0) || unit_mm == 0.0) return std::nullopt;
  return ExifResolution{x / unit_mm, y / unit_mm};
}

void set_exif_size(std::vector<std::byte>& exif, int width, int height) {
  Block block(exif);
  if (!block.valid()) return;
  ExifReport ignored;
  walk_all(block, ignored, [&](int where, const Entry& entry) {
    const bool in_exif = where == kExifDirectory;
    if ((where == 0 && entry.tag == 0x0100) || (in_exif && entry.tag == 0xA002))
      block.set_value(entry, static_cast<std::uint32_t>(width));
    if ((where == 0 && entry.tag == 0x0101) || (in_exif && entry.tag == 0xA003))
      block.set_value(entry, static_cast<std::uint32_t>(height));
  });
}

int make_xmp_upright(std::vector<std::byte>& xmp) {
  int stated = 0;
  for_each_number(xmp, "tiff:Orientation", [&](std::size_t first, std::size_t) {
    const int orientation = std::to_integer<int>(xmp[first]) - '0';
    if (orientation < 1 || orientation > 8) return;
    stated = orientation;  // the one that stands first comes last
    xmp[first] = std::byte{'1'};
  });
  return stated;
}

void set_xmp_size(std::vector<std::byte>& xmp, int width, int height) {
  for (const auto& [name, size] : {std::pair{"tiff:ImageWidth", width},
                                   {"tiff:ImageLength", height},
                                   {"exif:PixelXDimension", width},
                                   {"exif:PixelYDimension", height}}) {
    const std::string number = std::to_string(size);
    for_each_number(xmp, name, [&](std::size_t first, std::size_t count) {
      const auto at = xmp.begin() + static_cast<std::ptrdiff_t>(first);
      const auto* const digits = reinterpret_cast<const std::byte*>(number.data());
      xmp.insert(xmp.erase(at, at + static_cast<std::ptrdiff_t>(count)), digits,
                 digits + number.size());
    });
  }
}

}  // namespace tessera::image
