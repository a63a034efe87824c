// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace tessera::test {

/// A synthetic camera raw file: what its tags say. The samples come apart from it.
/// Source  Adobe, Digital Negative Specification 1.4, chapters 2 and 4.
struct Dng {
  int width = 0, height = 0;            ///< of all stored samples
  std::array<int, 4> active{};          ///< top, left, bottom, right; all 0: everything
  std::vector<int> filter{0, 1, 1, 2};  ///< colours of a square cell, from the active area's corner
  int bits = 16;                        ///< of one sample
  bool packed = false;                  ///< bits side by side, else one sample in two bytes
  std::vector<double> black{0.0};       ///< one level, or a 2x2 table
  int white = 65535;
  std::array<double, 3> neutral{1, 1, 1};  ///< camera's values of what is to be white
  /// Camera from XYZ; here the camera sees linear sRGB (IEC 61966-2-1).
  std::array<double, 9> colour_matrix{3.2404542, -1.5371385, -0.4985314, -0.9692660, 1.8760108,
                                      0.0415560, 0.0556434,  -0.2040259, 1.0572252};
  int orientation = 1;
  bool linear = false;          ///< three samples a pixel, nothing missing
  std::vector<double> noise{};  ///< NoiseProfile: scale and offset
};

namespace dng {

using Bytes = std::vector<std::byte>;

inline void put(Bytes& bytes, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) bytes.push_back(static_cast<std::byte>(value >> 8 * i));
}

/// A TIFF directory, little-endian: tags with their type, count and value.
class Directory {
 public:
  void shorts(int tag, const std::vector<int>& values) { numbers(tag, 3, 2, values); }
  void longs(int tag, const std::vector<int>& values) { numbers(tag, 4, 4, values); }
  void octets(int tag, const std::vector<int>& values) { numbers(tag, 1, 1, values); }
  void text(int tag, const std::string& value) {
    Bytes bytes;
    for (const char letter : value + '\0') put(bytes, static_cast<unsigned char>(letter), 1);
    entries_[tag] = {2, bytes.size(), bytes};
  }
  void rationals(int tag, const std::vector<double>& values, bool is_signed = false) {
    Bytes bytes;
    for (const double value : values) {
      const int parts = std::abs(value) < 100.0 ? 10'000'000 : 10'000;
      put(bytes, static_cast<std::uint64_t>(std::lround(value * parts)), 4);
      put(bytes, static_cast<std::uint64_t>(parts), 4);
    }
    entries_[tag] = {is_signed ? 10 : 5, values.size(), bytes};
  }
  void doubles(int tag, const std::vector<double>& values) {
    Bytes bytes(8 * values.size());
    std::memcpy(bytes.data(), values.data(), bytes.size());
    entries_[tag] = {12, values.size(), bytes};
  }
  std::size_t bytes() const {
    std::size_t total = 6 + 12 * entries_.size();
    for (const auto& [tag, entry] : entries_)
      if (entry.value.size() > 4) total += entry.value.size() + entry.value.size() % 2;
    return total;
  }
  /// Appends the directory, which starts at the end of `file`, and its values.
  void append_to(Bytes& file) const {
    std::size_t values_at = file.size() + 6 + 12 * entries_.size();
    Bytes values;
    put(file, entries_.size(), 2);
    for (const auto& [tag, entry] : entries_) {
      put(file, static_cast<std::uint64_t>(tag), 2);
      put(file, static_cast<std::uint64_t>(entry.type), 2);
      put(file, entry.count, 4);
      Bytes inside = entry.value;
      if (inside.size() > 4) {
        values.insert(values.end(), inside.begin(), inside.end());
        if (values.size() % 2 != 0) values.push_back(std::byte{0});
        inside.clear();
        put(inside, values_at, 4);
        values_at += entry.value.size() + entry.value.size() % 2;
      }
      inside.resize(4);
      file.insert(file.end(), inside.begin(), inside.end());
    }
    put(file, 0, 4);
    file.insert(file.end(), values.begin(), values.end());
  }

 private:
  struct Entry {
    int type = 0;
    std::size_t count = 0;
    Bytes value;
  };
  void numbers(int tag, int type, int width, const std::vector<int>& values) {
    Bytes bytes;
    for (const int value : values) put(bytes, static_cast<std::uint64_t>(value), width);
    entries_[tag] = {type, values.size(), bytes};
  }
  std::map<int, Entry> entries_;
};

/// Rows of samples: two bytes each, or their bits side by side, high bit first, rows from whole
/// bytes on.
inline Bytes strip_of(const Dng& facts, const std::vector<std::uint16_t>& samples) {
  Bytes strip;
  const std::size_t row = samples.size() / static_cast<std::size_t>(facts.height);
  for (std::size_t y = 0; y < static_cast<std::size_t>(facts.height); ++y) {
    std::uint64_t waiting = 0;
    int count = 0;
    for (std::size_t x = 0; x < row; ++x) {
      const std::uint16_t sample = samples[y * row + x];
      if (!facts.packed || facts.bits == 16) {
        put(strip, sample, 2);
        continue;
      }
      waiting = waiting << facts.bits | sample;
      for (count += facts.bits; count >= 8; count -= 8)
        strip.push_back(static_cast<std::byte>(waiting >> (count - 8)));
    }
    if (count > 0) strip.push_back(static_cast<std::byte>(waiting << (8 - count)));
  }
  return strip;
}

inline constexpr int kThumbnailSide = 8;

inline Directory camera_directory(const Dng& facts) {
  Directory camera;  // the file's first picture is a thumbnail, as cameras have it
  camera.longs(254, {1});
  camera.longs(256, {kThumbnailSide});
  camera.longs(257, {kThumbnailSide});
  camera.shorts(258, {8, 8, 8});
  camera.shorts(259, {1});
  camera.shorts(262, {2});
  camera.text(271, "Tessera");
  camera.text(272, "Synthetic");
  camera.longs(273, {8});
  camera.shorts(274, {facts.orientation});
  camera.shorts(277, {3});
  camera.longs(278, {kThumbnailSide});
  camera.longs(279, {3 * kThumbnailSide * kThumbnailSide});
  camera.text(306, "2026:11:25 10:20:30");
  camera.octets(50706, {1, 4, 0, 0});
  camera.octets(50707, {1, 1, 0, 0});
  camera.text(50708, "Tessera Synthetic");
  camera.rationals(50721, {facts.colour_matrix.begin(), facts.colour_matrix.end()}, true);
  camera.rationals(50728, {facts.neutral.begin(), facts.neutral.end()});
  camera.shorts(50778, {21});
  if (!facts.noise.empty()) camera.doubles(51041, facts.noise);
  return camera;
}

inline Directory raw_directory(const Dng& facts, std::size_t strip_at, std::size_t strip_bytes) {
  Directory raw;
  const int samples = facts.linear ? 3 : 1, bits = facts.packed ? facts.bits : 16;
  raw.longs(254, {0});
  raw.longs(256, {facts.width});
  raw.longs(257, {facts.height});
  raw.shorts(258, std::vector<int>(static_cast<std::size_t>(samples), bits));
  raw.shorts(259, {1});
  raw.shorts(262, {facts.linear ? 34892 : 32803});
  raw.longs(273, {static_cast<int>(strip_at)});
  raw.shorts(277, {samples});
  raw.longs(278, {facts.height});
  raw.longs(279, {static_cast<int>(strip_bytes)});
  raw.shorts(284, {1});
  if (!facts.linear) {
    const int side = static_cast<int>(std::lround(std::sqrt(facts.filter.size())));
    raw.shorts(33421, {side, side});
    raw.octets(33422, facts.filter);
    raw.octets(50710, {0, 1, 2});
    raw.shorts(50711, {1});
  }
  if (facts.black.size() > 1) raw.shorts(50713, {2, 2});
  raw.rationals(50714, facts.black);
  raw.longs(50717, std::vector<int>(static_cast<std::size_t>(samples), facts.white));
  if (facts.active[2] > 0) raw.longs(50829, {facts.active.begin(), facts.active.end()});
  return raw;
}

}  // namespace dng

/// The file. Layout: header(8) thumbnail camera-directory Exif-directory raw-directory strip.
/// Shapes  samples: facts.height rows of facts.width (times 3 when linear).
inline std::vector<std::byte> dng_file(const Dng& facts,
                                       const std::vector<std::uint16_t>& samples) {
  dng::Bytes file;
  const std::size_t thumbnail = 3 * dng::kThumbnailSide * dng::kThumbnailSide;
  dng::put(file, 0x002A4949, 4);
  dng::put(file, 8 + thumbnail, 4);
  file.resize(8 + thumbnail, std::byte{128});
  dng::Directory exif;
  exif.rationals(33434, {0.008});
  exif.rationals(33437, {5.6});
  exif.shorts(34855, {200});
  exif.text(36867, "2026:11:25 10:20:30");
  exif.rationals(37386, {35.0});
  dng::Directory camera = dng::camera_directory(facts);
  camera.longs(330, {0});
  camera.longs(34665, {0});
  const std::size_t exif_at = file.size() + camera.bytes(), raw_at = exif_at + exif.bytes();
  camera.longs(330, {static_cast<int>(raw_at)});
  camera.longs(34665, {static_cast<int>(exif_at)});
  const dng::Bytes strip = dng::strip_of(facts, samples);
  const std::size_t strip_at = raw_at + dng::raw_directory(facts, 0, 0).bytes();
  camera.append_to(file);
  exif.append_to(file);
  dng::raw_directory(facts, strip_at, strip.size()).append_to(file);
  file.insert(file.end(), strip.begin(), strip.end());
  return file;
}

}  // namespace tessera::test
