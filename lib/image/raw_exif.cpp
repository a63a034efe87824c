// SPDX-License-Identifier: MIT
#include "image/raw_exif.h"

#include <libraw/libraw.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <map>
#include <string_view>
#include <utility>

namespace tessera::image {

namespace {

using Bytes = std::vector<std::byte>;

constexpr int kAscii = 2, kShort = 3, kLong = 4, kRational = 5, kUndefined = 7;
constexpr int kExifDirectory = 34665;

void put(Bytes& bytes, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) bytes.push_back(static_cast<std::byte>(value >> 8 * i));
}

/// A directory in the making, little-endian.
class Directory {
 public:
  void text(int tag, int type, std::string_view value) {
    if (value.empty()) return;
    Bytes bytes;
    for (const char letter : value) put(bytes, static_cast<unsigned char>(letter), 1);
    if (type == kAscii) bytes.push_back(std::byte{0});
    entries_[tag] = {type, bytes.size(), bytes};
  }
  void number(int tag, int type, std::uint64_t value) {
    Bytes bytes;
    put(bytes, value, type == kShort ? 2 : 4);
    entries_[tag] = {type, 1, bytes};
  }
  void rational(int tag, double value) {
    if (!(value > 0.0) || value > 1e6) return;
    // Exposures are parts of a second: 1/250 and not 4000/1000000.
    const double whole = std::round(1.0 / value);
    const bool part = whole > 1.0 && std::abs(1.0 / value - whole) < 0.01 * whole;
    Bytes bytes;
    put(bytes, part ? 1 : static_cast<std::uint64_t>(std::lround(value * 1000.0)), 4);
    put(bytes, part ? static_cast<std::uint64_t>(whole) : 1000, 4);
    entries_[tag] = {kRational, 1, bytes};
  }
  std::size_t bytes() const {
    std::size_t total = 6 + 12 * entries_.size();
    for (const auto& [tag, entry] : entries_) total += outside(entry);
    return total;
  }
  void append_to(Bytes& block) const {
    std::size_t values_at = block.size() + 6 + 12 * entries_.size();
    Bytes values;
    put(block, entries_.size(), 2);
    for (const auto& [tag, entry] : entries_) {
      put(block, static_cast<std::uint64_t>(tag), 2);
      put(block, static_cast<std::uint64_t>(entry.type), 2);
      put(block, entry.count, 4);
      Bytes inside = entry.value;
      if (outside(entry) > 0) {
        values.insert(values.end(), inside.begin(), inside.end());
        inside.clear();
        put(inside, values_at + values.size() - entry.value.size(), 4);
        values.resize(values.size() + values.size() % 2);
      }
      inside.resize(4);
      block.insert(block.end(), inside.begin(), inside.end());
    }
    put(block, 0, 4);
    block.insert(block.end(), values.begin(), values.end());
  }

 private:
  struct Entry {
    int type = 0;
    std::size_t count = 0;
    Bytes value;
  };
  /// Bytes behind the directory: values of more than four bytes, padded to even.
  static std::size_t outside(const Entry& entry) {
    return entry.value.size() > 4 ? entry.value.size() + entry.value.size() % 2 : 0;
  }
  std::map<int, Entry> entries_;
};

std::string local_time(std::time_t time) {
  if (time <= 0) return {};
  std::tm parts{};
  std::array<char, 32> text{};
  if (::localtime_r(&time, &parts) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y:%m:%d %H:%M:%S", &parts)};
}

}  // namespace

ShotFacts shot_facts(const LibRaw& libraw) {
  const libraw_data_t& data = libraw.imgdata;
  ShotFacts facts{.description = data.other.desc,
                  .make = data.idata.make,
                  .model = data.idata.model,
                  .lens = data.lens.Lens,
                  .artist = data.other.artist,
                  .time = local_time(data.other.timestamp),
                  .exposure = static_cast<double>(data.other.shutter),
                  .f_number = static_cast<double>(data.other.aperture),
                  .focal_length = static_cast<double>(data.other.focal_len)};
  if (data.other.iso_speed > 0.0F && data.other.iso_speed < 65535.0F)
    facts.iso = static_cast<int>(std::lround(data.other.iso_speed));
  return facts;
}

std::vector<std::byte> exif_from_facts(const ShotFacts& facts) {
  Directory exif;
  exif.rational(33434, facts.exposure);
  exif.rational(33437, facts.f_number);
  if (facts.iso > 0) exif.number(34855, kShort, static_cast<std::uint64_t>(facts.iso));
  exif.text(36864, kUndefined, "0232");
  exif.text(36867, kAscii, facts.time);
  exif.rational(37386, facts.focal_length);
  exif.number(40962, kLong, 0);  // width and height: who writes the picture knows
  exif.number(40963, kLong, 0);
  exif.text(42036, kAscii, facts.lens);
  Directory first;
  first.text(270, kAscii, facts.description);
  first.text(271, kAscii, facts.make);
  first.text(272, kAscii, facts.model);
  first.number(274, kShort, 1);
  first.text(306, kAscii, facts.time);
  first.text(315, kAscii, facts.artist);
  first.number(kExifDirectory, kLong, 0);
  Bytes block;
  put(block, 0x002A4949, 4);
  put(block, 8, 4);
  first.number(kExifDirectory, kLong, block.size() + first.bytes());
  first.append_to(block);
  exif.append_to(block);
  return block;
}

}  // namespace tessera::image
