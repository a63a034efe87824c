// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "image/containers.h"
#include "image/metadata/exif.h"
#include "image/metadata/tiff_reader.h"

namespace tessera {
namespace {

constexpr int kResolutionUnit = 296, kNoUnit = 1;

/// The unit that the file at `path` states its resolution in.
std::uint64_t unit_of(const std::filesystem::path& path) {
  const image::ByteSource file = image::ByteSource::open_file(path);
  const image::TiffReader reader(file);
  std::uint64_t budget = 1000;
  std::string damage;
  const std::array wanted{kResolutionUnit};
  auto fields = reader.fields_at(reader.first_directory(), wanted, budget, damage);
  return image::single_number(fields[kResolutionUnit]);
}

/// EXIF of XResolution 4000/10, YResolution 3000/10, orientation and, but for 0, ResolutionUnit.
test::Bytes exif_with_resolution(int orientation, int unit) {
  test::Bytes exif = test::bytes_of(std::string_view("II*\0\x08\0\0\0", 8));
  test::append_little(exif, unit == 0 ? 3 : 4, 2);
  const auto number = [&](int tag, int value) {
    for (const auto& [part, width] : {std::pair(tag, 2), {3, 2}, {1, 4}, {value, 4}})
      test::append_little(exif, static_cast<std::uint64_t>(part), width);
  };
  number(0x0112, orientation);
  for (const int k : {0, 1}) {
    test::append_little(exif, static_cast<std::uint64_t>(0x011A + k), 2);
    test::append_little(exif, 5, 2);
    test::append_little(exif, 1, 4);
    test::append_little(exif, static_cast<std::uint64_t>(72 + 8 * k), 4);
  }
  if (unit != 0) number(0x0128, unit);
  exif.resize(72);
  for (const std::uint64_t value : {4000, 10, 3000, 10}) test::append_little(exif, value, 4);
  return exif;
}

}  // namespace

TEST_SUITE("image/resolution") {
  TEST_CASE("the shape of a pixel is no resolution") {
    const test::TemporaryFolder folder;
    for (const int unit : {0, 1}) {
      test::Bytes shape;
      test::append_big(shape, 1000, 4);
      test::append_big(shape, 4000, 4);
      test::append_big(shape, static_cast<std::uint64_t>(unit), 1);
      test::write_bytes(folder / "x.png",
                        test::png_file(1, 1, 8, 0, test::bytes_of(std::string_view("\0a", 2)),
                                       test::png_chunk("pHYs", shape)));
      const Image image = read_image(folder / "x.png");
      CHECK(image.metadata.pixels_per_mm_x == doctest::Approx(unit));
      CHECK(image.metadata.pixels_per_mm_y == doctest::Approx(4 * unit));
    }
  }
  TEST_CASE("a resolution that is known one way only is none, in every format") {
    const test::TemporaryFolder folder;
    for (const FileFormat format :
         {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff, FileFormat::Webp}) {
      Image image = test::smooth_image(16, 16, 3);
      image.metadata.pixels_per_mm_x = 11.8;
      write_image(folder / "x", image, format);
      const Image back = read_image(folder / "x");
      CHECK(back.metadata.pixels_per_mm_x == 0.0);
      CHECK(back.metadata.pixels_per_mm_y == 0.0);
      CHECK(back.metadata.exif.empty());
    }
  }
  TEST_CASE("WebP keeps a resolution whatever the length of the pixels before it, even or odd") {
    const test::TemporaryFolder folder;
    for (int width = 1; width <= 16; ++width) {
      CAPTURE(width);
      Image image = test::random_image(width, 3, 3, SampleType::U8, false);
      image.metadata.pixels_per_mm_x = image.metadata.pixels_per_mm_y = 11.8;
      CHECK(write_image(folder / "x", image, FileFormat::Webp).empty());
      CHECK_FALSE(read_image(folder / "x").metadata.exif.empty());
    }
  }
  TEST_CASE("what states no resolution is written without one, to every format") {
    const test::TemporaryFolder folder;
    for (const bool with_exif : {false, true})
      for (const FileFormat format :
           {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff, FileFormat::Webp}) {
        Image image = test::smooth_image(16, 16, 3);
        if (with_exif) image.metadata.exif = test::exif_block(1, false);
        write_image(folder / "x", image, format);
        CHECK(read_image(folder / "x").metadata.pixels_per_mm_x == 0.0);
        CHECK(read_image(folder / "x").metadata.pixels_per_mm_y == 0.0);
        if (format != FileFormat::Tiff) continue;
        CHECK(unit_of(folder / "x") == kNoUnit);
        const int stream = ::open((folder / "stream").c_str(), O_WRONLY | O_CREAT, 0600);
        write_image_to_descriptor(stream, "a stream", image, format);
        ::close(stream);
        CHECK(test::read_bytes(folder / "stream") == test::read_bytes(folder / "x"));
      }
  }
  TEST_CASE("a TIFF keeps its resolution, be it one that programs make up") {
    const test::TemporaryFolder folder;
    for (const double stated : {1.0, 300 / 25.4, 0.5}) {
      Image image = test::smooth_image(16, 16, 3);
      image.metadata.pixels_per_mm_x = image.metadata.pixels_per_mm_y = stated;
      write_image(folder / "x.tif", image, FileFormat::Tiff);
      CHECK(read_image(folder / "x.tif").metadata.pixels_per_mm_x == doctest::Approx(stated));
      CHECK(read_image(folder / "x.tif").metadata.pixels_per_mm_y == doctest::Approx(stated));
    }
  }
  TEST_CASE("a resolution that EXIF alone states, as cameras have it, is one") {
    const test::TemporaryFolder folder;
    for (const int unit : {0, 1, 2, 3}) {
      CAPTURE(unit);
      Image image = test::smooth_image(16, 16, 3);
      image.metadata.exif = exif_with_resolution(1, unit);
      const double mm = unit == 3 ? 10.0 : 25.4;
      for (const FileFormat format : {FileFormat::Png, FileFormat::Jpeg}) {
        write_image(folder / "x", image, format);
        const Image back = read_image(folder / "x");
        const double stated = unit == 1 ? 0.0 : 1.0 / mm;
        CHECK(back.metadata.pixels_per_mm_x == doctest::Approx(400.0 * stated));
        CHECK(back.metadata.pixels_per_mm_y == doctest::Approx(300.0 * stated));
        write_image(folder / "y.tif", back, FileFormat::Tiff);
        CHECK(read_image(folder / "y.tif").metadata.pixels_per_mm_x ==
              doctest::Approx(400.0 * stated));
      }
    }
  }
  TEST_CASE("a resolution that EXIF states turns with the picture, in EXIF, too") {
    const test::TemporaryFolder folder;
    for (int orientation = 1; orientation <= 8; ++orientation) {
      CAPTURE(orientation);
      const test::Bytes chunk = test::png_chunk("eXIf", exif_with_resolution(orientation, 2));
      test::write_bytes(
          folder / "x.png",
          test::png_file(1, 1, 8, 0, test::bytes_of(std::string_view("\0a", 2)), chunk));
      const Image image = read_image(folder / "x.png");
      const bool quarter = orientation >= 5;
      CHECK(image.metadata.pixels_per_mm_x == doctest::Approx((quarter ? 300.0 : 400.0) / 25.4));
      CHECK(image.metadata.pixels_per_mm_y == doctest::Approx((quarter ? 400.0 : 300.0) / 25.4));
      const auto stated = image::exif_resolution(image.metadata.exif);
      REQUIRE(stated);
      CHECK(stated->x == image.metadata.pixels_per_mm_x);
      CHECK(stated->y == image.metadata.pixels_per_mm_y);
    }
  }
  TEST_CASE("a TIFF without tags of resolution states none") {
    const test::TemporaryFolder folder;
    test::write_bytes(folder / "x.tif", test::tiff_file(3, 2, 1, 8, test::bytes_of("abcdef")));
    const Image image = read_image(folder / "x.tif");
    CHECK(image.metadata.pixels_per_mm_x == 0.0);
    write_image(folder / "y.tif", image, FileFormat::Tiff);
    CHECK(unit_of(folder / "y.tif") == kNoUnit);
  }
}

}  // namespace tessera
