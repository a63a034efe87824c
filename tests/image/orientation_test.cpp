// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "image/containers.h"
#include "image/metadata/exif.h"

namespace tessera {
namespace {

/// The stored picture whose row 0 and column 0 stand at the sides that the orientation names
/// (CIPA DC-008, tag Orientation): an independent statement of what the reader undoes.
Image stored_as(const Image& upright, int orientation) {
  const int width = upright.width(), height = upright.height();
  const bool turned = orientation >= 5;
  Image stored(turned ? height : width, turned ? width : height, upright.channels(),
               upright.type());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int from_left = x, from_right = width - 1 - x, from_top = y,
                from_bottom = height - 1 - y;
      const int rows[] = {from_top,  from_top,   from_bottom, from_bottom,
                          from_left, from_right, from_right,  from_left};
      const int columns[] = {from_left, from_right, from_right,  from_left,
                             from_top,  from_top,   from_bottom, from_bottom};
      const std::uint8_t* pixel = upright.colour_row<std::uint8_t>(y) + 3 * x;
      std::copy_n(
          pixel, 3,
          stored.colour_row<std::uint8_t>(rows[orientation - 1]) + 3 * columns[orientation - 1]);
    }
  return stored;
}

/// An EXIF block of an Exif directory alone: it states no orientation.
test::Bytes exif_without_orientation() {
  test::Bytes block = test::exif_block(1, false);
  // The tag becomes ImageWidth.
  block[10] = std::byte{0x00};
  block[11] = std::byte{0x01};
  return block;
}

Image read_after(const test::TemporaryFolder& folder, const Image& image, FileFormat format) {
  write_image(folder / "x", image, format);
  return read_image(folder / "x");
}

}  // namespace

TEST_SUITE("image/orientation") {
  TEST_CASE("all eight turns of one picture are read as that picture, with the tag at 1") {
    const test::TemporaryFolder folder;
    for (const auto& [width, height] : {std::pair(5, 3), std::pair(1, 7), std::pair(40, 300)}) {
      const Image upright = test::random_image(width, height, 3, SampleType::U8, false);
      for (int orientation = 1; orientation <= 8; ++orientation) {
        CAPTURE(orientation);
        Image stored = stored_as(upright, orientation);
        stored.metadata.exif = test::exif_block(orientation, false);
        stored.metadata.xmp = test::xmp_packet(std::to_string(orientation));
        write_image(folder / "x.png", stored, FileFormat::Png);
        const Image back = read_image(folder / "x.png");
        CHECK(test::same_pixels(upright, back));
        CHECK(read_image_size(folder / "x.png").width == width);
        CHECK(back.metadata.xmp == test::xmp_packet("1"));
        std::vector<std::byte> exif = back.metadata.exif;
        CHECK(image::make_exif_upright(exif).orientation == 1);
      }
    }
  }
  TEST_CASE("the orientation of a TIFF is a tag of its own") {
    const test::TemporaryFolder folder;
    const test::Bytes pixels = test::bytes_of("abcdef");
    test::write_bytes(folder / "x.tif", test::tiff_file(3, 2, 1, 8, pixels, {{274, 6}}));
    const Image image = read_image(folder / "x.tif");
    REQUIRE(image.width() == 2);
    CHECK(std::memcmp(image.colour(), "daebfc", 6) == 0);
  }
  TEST_CASE("an orientation that XMP alone states turns the picture like that of EXIF") {
    const test::TemporaryFolder folder;
    const Image upright = test::random_image(5, 3, 3, SampleType::U8, false);
    for (int orientation = 1; orientation <= 8; ++orientation)
      for (const bool with_exif : {false, true}) {
        CAPTURE(orientation);
        CAPTURE(with_exif);
        Image stored = stored_as(upright, orientation);
        if (with_exif) stored.metadata.exif = exif_without_orientation();
        stored.metadata.xmp = test::xmp_packet(std::to_string(orientation));
        for (const FileFormat format : {FileFormat::Png, FileFormat::Webp}) {
          const Image back = read_after(folder, stored, format);
          CHECK(test::same_pixels(upright, back));
          CHECK(read_image_size(folder / "x").width == 5);
          CHECK(back.metadata.xmp == test::xmp_packet("1"));
        }
        const Image jpeg = read_after(folder, stored, FileFormat::Jpeg);
        CHECK(jpeg.width() == 5);
        CHECK(jpeg.metadata.xmp == test::xmp_packet("1"));
      }
  }
  TEST_CASE("where they differ, EXIF counts and not XMP") {
    const test::TemporaryFolder folder;
    const Image upright = test::random_image(5, 3, 3, SampleType::U8, false);
    for (const auto& [exif, xmp] : {std::pair(1, 6), std::pair(6, 1), std::pair(3, 8)}) {
      Image stored = stored_as(upright, exif);
      stored.metadata.exif = test::exif_block(exif, false);
      stored.metadata.xmp = test::xmp_packet(std::to_string(xmp));
      const Image back = read_after(folder, stored, FileFormat::Png);
      CHECK(test::same_pixels(upright, back));
      CHECK(back.metadata.xmp == test::xmp_packet("1"));
    }
  }
  TEST_CASE("a TIFF turns by its own tag, and by its XMP only where it lacks that") {
    const test::TemporaryFolder folder;
    const Image upright = test::random_image(5, 3, 3, SampleType::U8, false);
    Image stored = stored_as(upright, 6);
    stored.metadata.xmp = test::xmp_packet("6");
    const Image tagged = read_after(folder, stored, FileFormat::Tiff);
    CHECK(test::same_pixels(stored, tagged));
    CHECK(tagged.metadata.xmp == test::xmp_packet("1"));
    test::Bytes file = test::read_bytes(folder / "x");
    // Entry: tag(2) type(2) count(4) value(4). An unknown tag takes the place of Orientation.
    const test::Bytes entry = test::bytes_of(std::string_view("\x12\1\3\0\1\0\0\0\1\0\0\0", 12));
    const auto found = std::search(file.begin(), file.end(), entry.begin(), entry.end());
    REQUIRE(found != file.end());
    *found = std::byte{0x13};
    test::write_bytes(folder / "x", file);
    CHECK(test::same_pixels(upright, read_image(folder / "x")));
    CHECK(read_image_size(folder / "x").width == 5);
  }
}

}  // namespace tessera
