// SPDX-License-Identifier: MIT
#include "image/metadata/tiff_exif.h"

#include <doctest/doctest.h>

#include <utility>

#include "image/containers.h"
#include "image/metadata/exif.h"
#include "image/raw/raw_exif.h"

namespace tessera {
namespace {

using namespace std::string_view_literals;

constexpr int kAscii = 2, kShort = 3, kLong = 4, kRational = 5, kUndefined = 7;
constexpr int kMake = 271, kExif = 34665, kGps = 34853;

struct Value {
  int type = kShort;
  std::vector<std::uint64_t> numbers;  ///< letters, octets, shorts, longs, both parts of rationals
};
using Directory = std::map<int, Value>;

Value text(std::string_view letters) {
  Value value{kAscii, {letters.begin(), letters.end()}};
  value.numbers.push_back(0);
  return value;
}

/// What a camera wrote about one picture.
struct Shot {
  Directory described{{270, text("a wall")},  {kMake, text("Maker")},
                      {272, text("Model 1")}, {306, text("2026:11:28 10:20:30")},
                      {315, text("me")},      {33432, text("(c)")}};
  Directory exif{{33434, {kRational, {1, 125}}},
                 {34855, {kShort, {200}}},
                 {36867, text("2026:11:28 10:20:30")},
                 {37500, {kUndefined, {9, 8, 7, 6, 5, 4, 3}}}};
  Directory gps{{1, text("N")}, {2, {kRational, {48, 1, 12, 1, 3051, 100}}}};
};

/// A grey TIFF of 3x2 pixels "abcdef" with orientation 6, in one of four forms.
/// Layout: header, pixels(8), Exif and GPS directories, directory 0, values behind their directory.
class TiffBuilder {
 public:
  TiffBuilder(bool little, bool big) : little_(little), big_(big) {}

  test::Bytes file(const Shot& shot) {
    file_ = test::bytes_of(little_ ? "II" : "MM");
    put(big_ ? 43 : 42, 2);
    if (big_) put(8, 2), put(0, 2);
    put(0, place());
    const std::size_t pixels = file_.size();
    test::append(file_, test::bytes_of("abcdef\0\0"));
    file_.resize(pixels + 8);
    Directory first = shot.described;
    for (const auto& [tag, value] : std::map<int, std::uint64_t>{
             {256, 3}, {257, 2}, {258, 8}, {259, 1}, {262, 1}, {274, 6}, {277, 1}, {278, 2}})
      first[tag] = {kShort, {value}};
    first[273] = {kLong, {pixels}};
    first[279] = {kLong, {6}};
    if (!shot.exif.empty()) first.try_emplace(kExif, Value{kLong, {append(shot.exif)}});
    if (!shot.gps.empty()) first.try_emplace(kGps, Value{kLong, {append(shot.gps)}});
    const std::size_t at = append(first);
    const test::Bytes whole = std::exchange(file_, {});
    put(at, place());
    test::Bytes result = whole;
    std::copy(file_.begin(), file_.end(), result.begin() + (big_ ? 8 : 4));
    return result;
  }

 private:
  int place() const { return big_ ? 8 : 4; }
  void put(std::uint64_t value, int width) {
    little_ ? test::append_little(file_, value, width) : test::append_big(file_, value, width);
  }
  std::size_t append(const Directory& directory) {
    const std::size_t at = file_.size();
    std::size_t values_at = at + (big_ ? 16 + 20 * directory.size() : 6 + 12 * directory.size());
    test::Bytes values;
    put(directory.size(), big_ ? 8 : 2);
    for (const auto& [tag, value] : directory) {
      const int width = value.type == kShort ? 2 : value.type >= kLong && value.type < 7 ? 4 : 1;
      put(static_cast<std::uint64_t>(tag), 2);
      put(static_cast<std::uint64_t>(value.type), 2);
      put(value.numbers.size() / (value.type == kRational ? 2 : 1), place());
      test::Bytes outer = std::exchange(file_, {});
      for (const std::uint64_t number : value.numbers) put(number, width);
      test::Bytes bytes = std::exchange(file_, std::move(outer));
      if (bytes.size() > static_cast<std::size_t>(place())) {
        put(values_at, place());
        values_at += bytes.size() + bytes.size() % 2;
        test::append(values, bytes);
        values.resize(values.size() + bytes.size() % 2);
      } else {
        bytes.resize(static_cast<std::size_t>(place()));
        test::append(file_, bytes);
      }
    }
    put(0, place());
    test::append(file_, values);
    return at;
  }

  bool little_, big_;
  test::Bytes file_;
};

bool holds(const test::Bytes& block, std::string_view letters) {
  const std::string_view all(reinterpret_cast<const char*>(block.data()), block.size());
  return all.find(letters) != all.npos;
}

/// The block that a little-endian file of that shot, upright, consists of.
bool is_sound(test::Bytes block) {
  const image::ExifReport report = image::make_exif_upright(block);
  return report.readable && report.damage.empty() && report.orientation == 1;
}

Image read_file(const test::TemporaryFolder& folder, const test::Bytes& bytes) {
  test::write_bytes(folder / "x.tif", bytes);
  return read_image(folder / "x.tif");
}

}  // namespace

TEST_SUITE("image/tiff_exif") {
  TEST_CASE("EXIF of a TIFF is read in every form, and goes to TIFF, PNG and JPEG") {
    const test::TemporaryFolder folder;
    const test::Bytes expected =
        read_file(folder, TiffBuilder(true, false).file(Shot{})).metadata.exif;
    for (const std::string_view part :
         {"a wall"sv, "Maker"sv, "Model 1"sv, "2026:11:28 10:20:30"sv, "me"sv, "(c)"sv,
          "\x09\x08\x07\x06"sv, "\x01\0\0\0\x7D\0\0\0"sv,
          "\x30\0\0\0\x01\0\0\0\x0C\0\0\0\x01\0\0\0\xEB\x0B\0\0"sv})
      CHECK(holds(expected, part));
    CHECK(holds(expected, "\x27\x88\x03\0\x01\0\0\0\xC8\0\0\0"sv));  // ISO 200
    for (const bool little : {true, false})
      for (const bool big : {false, true}) {
        const Image image = read_file(folder, TiffBuilder(little, big).file(Shot{}));
        CHECK(image.warnings.empty());
        CHECK(image.metadata.exif == expected);
        CHECK(is_sound(image.metadata.exif));
        CHECK(std::memcmp(image.colour(), "daebfc", 6) == 0);
        for (const FileFormat format : {FileFormat::Tiff, FileFormat::Png, FileFormat::Jpeg}) {
          CHECK(write_image(folder / "y", image, format).empty());
          const Image back = read_image(folder / "y");
          CHECK(back.warnings.empty());
          CHECK(back.metadata.exif == expected);
        }
      }
  }
  TEST_CASE("a developed photo says the same by way of TIFF") {
    const test::TemporaryFolder folder;
    Image image = test::random_image(7, 5, 3, SampleType::U16, false);
    image.metadata.exif = image::exif_from_facts({.description = "",
                                                  .make = "Maker",
                                                  .model = "Model",
                                                  .lens = "Lens 35",
                                                  .artist = "me",
                                                  .time = "2026:11:25 10:20:30",
                                                  .exposure = 0.008,
                                                  .f_number = 5.6,
                                                  .focal_length = 35,
                                                  .iso = 200});
    write_image(folder / "x.png", image, FileFormat::Png);
    write_image(folder / "x.tif", image, FileFormat::Tiff);
    write_image(folder / "y.png", read_image(folder / "x.tif"), FileFormat::Png);
    CHECK(read_image(folder / "x.png").metadata.exif.size() > 200);
    CHECK(test::read_bytes(folder / "x.png") == test::read_bytes(folder / "y.png"));
  }
  TEST_CASE("what is not told is not made up, and what describes the file stays with the file") {
    const test::TemporaryFolder folder;
    CHECK(read_file(folder, TiffBuilder(true, false).file({{}, {}, {}})).metadata.exif.empty());
    for (const char* layout : {"{\"shape\": [2, 3]}", "ImageJ=1.54f\nimages=9\n",
                               "<?xml version=\"1.0\"?><OME xmlns=\"x\"></OME>"}) {
      const Image image =
          read_file(folder, TiffBuilder(true, false).file({{{270, text(layout)}}, {}, {}}));
      CHECK(image.metadata.exif.empty());
      CHECK(image.warnings.empty());
    }
  }
  TEST_CASE("damaged EXIF costs one warning and itself, not the rest and not the picture") {
    const test::TemporaryFolder folder;
    const auto read_changed = [&](bool little, int tag, std::size_t at, std::uint64_t value) {
      test::Bytes file = TiffBuilder(little, false).file(Shot{}), mark, changed;
      const auto put = [&](test::Bytes& bytes, std::uint64_t number, int width) {
        little ? test::append_little(bytes, number, width) : test::append_big(bytes, number, width);
      };
      put(mark, static_cast<std::uint64_t>(tag), 2);
      put(changed, value, at == 2 ? 2 : 4);
      // Directory 0 is the last one, so is its tag.
      const auto entry = std::find_end(file.begin(), file.end(), mark.begin(), mark.end());
      REQUIRE(entry != file.end());
      std::copy(changed.begin(), changed.end(), entry + static_cast<std::ptrdiff_t>(at));
      Image image = read_file(folder, file);
      CHECK(std::memcmp(image.colour(), "daebfc", 6) == 0);
      REQUIRE(image.warnings.size() == 1);
      CHECK(image.warnings[0].find("damaged EXIF") == 0);
      CHECK(test::is_message(image.warnings[0]));
      CHECK(is_sound(image.metadata.exif));
      CHECK(holds(image.metadata.exif, "Model 1"));
      return image;
    };
    for (const bool little : {true, false}) {
      CHECK_FALSE(holds(read_changed(little, kMake, 8, 0x7FFFFFFF).metadata.exif, "Maker"));
      CHECK_FALSE(holds(read_changed(little, kMake, 4, 0xFFFFFFFF).metadata.exif, "Maker"));
      CHECK_FALSE(holds(read_changed(little, kMake, 2, 99).metadata.exif, "Maker"));
      for (const std::uint64_t nowhere : {0U, 7U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
        const Image image = read_changed(little, kExif, 8, nowhere);
        CHECK(holds(image.metadata.exif, "Maker"));
        CHECK(holds(image.metadata.exif, "\x30\0\0\0\x01\0\0\0"sv));
      }
    }
    // Directory 0 of the little-endian file as its own Exif directory.
    const test::Bytes file = TiffBuilder(true, false).file(Shot{});
    std::uint64_t first = 0;
    for (std::size_t i = 4; i-- > 0;)
      first = first << 8 | std::to_integer<std::uint64_t>(file[4 + i]);
    CHECK(read_changed(true, kExif, 8, first).warnings[0].find("each other") != std::string::npos);
  }
  TEST_CASE("every changed byte leaves a sound block or none") {
    for (const bool little : {true, false})
      for (const bool big : {false, true}) {
        const test::Bytes file = TiffBuilder(little, big).file(Shot{});
        for (std::size_t at = 4; at < file.size(); ++at)
          for (const int value : {0, 1, 0x7F, 0xFF}) {
            test::Bytes changed = file;
            changed[at] = static_cast<std::byte>(value);
            const image::TiffExif found = image::exif_from_tiff(
                image::ByteSource::from_memory(std::move(changed), "changed"));
            const bool good = found.block.empty() || is_sound(found.block);
            if (!good) CAPTURE(at);
            if (!good) CHECK(good);
          }
      }
  }
}

}  // namespace tessera
