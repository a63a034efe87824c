// SPDX-License-Identifier: MIT
#include "image/raw/raw_exif.h"

#include <libraw/libraw.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <string_view>

#include "image/metadata/tiff_directory.h"

namespace tessera::image {

namespace {

using Bytes = std::vector<std::byte>;

/// A directory in the making; values that say nothing are left out.
class Directory {
 public:
  void text(int tag, int type, std::string_view value) {
    if (value.empty()) return;
    Bytes bytes;
    for (const char letter : value) put_number(bytes, static_cast<unsigned char>(letter), 1);
    if (type == kTiffAscii) bytes.push_back(std::byte{0});
    fields_[tag] = {type, bytes.size(), bytes};
  }
  void number(int tag, int type, std::uint64_t value) {
    Bytes bytes;
    put_number(bytes, value, type == kTiffShort ? 2 : 4);
    fields_[tag] = {type, 1, bytes};
  }
  void rational(int tag, double value) {
    if (!(value > 0.0) || value > 1e6) return;
    // Exposures are parts of a second: 1/250 and not 4000/1000000.
    const double whole = std::round(1.0 / value);
    const bool part = whole > 1.0 && std::abs(1.0 / value - whole) < 0.01 * whole;
    Bytes bytes;
    put_number(bytes, part ? 1 : static_cast<std::uint64_t>(std::lround(value * 1000.0)), 4);
    put_number(bytes, part ? static_cast<std::uint64_t>(whole) : 1000, 4);
    fields_[tag] = {kTiffRational, 1, bytes};
  }
  const TiffFields& fields() const { return fields_; }

 private:
  TiffFields fields_;
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
  if (facts.iso > 0) exif.number(34855, kTiffShort, static_cast<std::uint64_t>(facts.iso));
  exif.text(36864, kTiffUndefined, "0232");
  exif.text(36867, kTiffAscii, facts.time);
  exif.rational(37386, facts.focal_length);
  exif.number(40962, kTiffLong, 0);  // width and height: who writes the picture knows
  exif.number(40963, kTiffLong, 0);
  exif.text(42036, kTiffAscii, facts.lens);
  Directory first;
  first.text(270, kTiffAscii, facts.description);
  first.text(271, kTiffAscii, facts.make);
  first.text(272, kTiffAscii, facts.model);
  first.number(274, kTiffShort, 1);
  first.text(306, kTiffAscii, facts.time);
  first.text(315, kTiffAscii, facts.artist);
  first.number(kExifDirectory, kTiffLong, 0);
  Bytes block;
  put_number(block, 0x002A4949, 4);
  put_number(block, 8, 4);
  first.number(kExifDirectory, kTiffLong, block.size() + tiff_directory_bytes(first.fields()));
  append_tiff_directory(first.fields(), 0, block);
  append_tiff_directory(exif.fields(), 0, block);
  return block;
}

}  // namespace tessera::image
