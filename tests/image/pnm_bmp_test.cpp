// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "image/containers.h"
#include "image/convert.h"

namespace tessera {
namespace {

Image read_from(const test::TemporaryFolder& folder, std::string_view text) {
  test::write_bytes(folder / "x", test::bytes_of(text));
  return read_image(folder / "x");
}

test::Bytes bmp_file(
    int width, int height, int bits, const test::Bytes& palette, const test::Bytes& rows) {
  test::Bytes file = test::bytes_of("BM");
  const std::size_t data = 54 + palette.size();
  test::append_little(file, data + rows.size(), 4);
  test::append_little(file, 0, 4);
  test::append_little(file, data, 4);
  test::append_little(file, 40, 4);
  test::append_little(file, static_cast<std::uint32_t>(width), 4);
  test::append_little(file, static_cast<std::uint32_t>(height), 4);
  test::append_little(file, 1, 2);
  test::append_little(file, static_cast<std::uint64_t>(bits), 2);
  test::append_little(file, 0, 24);
  for (std::size_t i = 46; i < 50; ++i) file[i] = std::byte{0};
  file.resize(54);
  const std::size_t colours = palette.size() / 4;
  file[46] = static_cast<std::byte>(colours & 0xFF);
  file[47] = static_cast<std::byte>(colours >> 8);
  test::append(file, palette);
  test::append(file, rows);
  return file;
}

}  // namespace

TEST_SUITE("image/pnm") {
  TEST_CASE("a maximum other than 255 or 65535 is kept, and is white") {
    const test::TemporaryFolder folder;
    const Image image =
        read_from(folder, std::string_view("P5\n# comment\n2 1\n1023\n\x03\xFF\x02\x00", 27));
    CHECK(image.type() == SampleType::U16);
    CHECK(image.max_value() == 1023.0F);
    CHECK(image.colour_row<std::uint16_t>(0)[0] == 1023);
    CHECK(image::tensor_from_image(image)(0, 0, 0) == 1.0F);
    write_image(folder / "y.pgm", image, FileFormat::Pnm);
    CHECK(test::same_pixels(image, read_image(folder / "y.pgm")));
    write_image(folder / "y.png", image, FileFormat::Png);
    CHECK(read_image(folder / "y.png").colour_row<std::uint16_t>(0)[0] == 65535);
    CHECK(read_image(folder / "y.png").colour_row<std::uint16_t>(0)[1] ==
          32800);  // 512 * 65535 / 1023, rounded
  }
  TEST_CASE("a maximum that the file cannot state is refused; a scaled one is told") {
    const test::TemporaryFolder folder;
    for (const auto& [type, white] : {std::pair(SampleType::U16, 200.0F),
                                      {SampleType::U16, 1000.5F},
                                      {SampleType::U8, 100.0F}}) {
      CAPTURE(white);
      Image image(4, 3, 1, type);
      image.colour_row<std::uint8_t>(1)[2] = 101;  // above a white of 100
      image.set_max_value(white);
      const auto failure =
          test::failure_of([&] { write_image(folder / "x.pgm", image, FileFormat::Pnm); });
      REQUIRE(failure);
      CHECK(failure->code == ErrorCode::InvalidArgument);
      CHECK(failure->says("PNM"));
      CHECK(test::entry_count(folder) == 0);
    }
    Image image(4, 3, 1, SampleType::U16);
    CHECK(write_image(folder / "x.png", image, FileFormat::Png).empty());
    image.set_max_value(4095.0F);
    CHECK(write_image(folder / "x.pgm", image, FileFormat::Pnm).empty());
    const auto warnings = write_image(folder / "x.png", image, FileFormat::Png);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("0..4095 to 0..65535") != std::string::npos);
    // Halves go up: 50 of 100 is 127.5 of 255.
    const Image half = read_from(folder, std::string_view("P5 1 1 100\n\x32", 12));
    write_image(folder / "x.png", half, FileFormat::Png);
    CHECK(read_image(folder / "x.png").colour_row<std::uint8_t>(0)[0] == 128);
  }
  TEST_CASE("text and binary forms of one picture agree") {
    const test::TemporaryFolder folder;
    const Image binary = read_from(folder, "P6 2 1 255\nabcdef");
    CHECK(test::same_pixels(binary, read_from(folder, "P3 2 1 255\n97 98 99\n#x\n100 101 102\n")));
    CHECK(test::same_pixels(read_from(folder, "P1 3 1\n1 0 1"), read_from(folder, "P4 3 1\n\xA0")));
    CHECK(test::same_pixels(read_from(folder, "P1 3 1\n101"), read_from(folder, "P4 3 1\n\xA0")));
    CHECK(read_from(folder, "P4 3 1\n\xA0").colour_row<std::uint8_t>(0)[1] == 255);
  }
  TEST_CASE("a second picture in the file costs a warning") {
    const test::TemporaryFolder folder;
    CHECK(read_from(folder, "P5 1 1 255\naP5 1 1 255\nb").warnings.size() == 1);
  }
  TEST_CASE("PFM knows both byte orders and stores rows bottom up") {
    const test::TemporaryFolder folder;
    const Image little =
        read_from(folder, std::string_view("Pf\n1 2\n-1.0\n\0\0\x80\x3F\0\0\0\x40", 20));
    CHECK(little.colour_row<float>(0)[0] == 2.0F);
    CHECK(little.colour_row<float>(1)[0] == 1.0F);
    CHECK(test::same_pixels(
        little, read_from(folder, std::string_view("Pf\n1 2\n1.0\n\x3F\x80\0\0\x40\0\0\0", 19))));
  }
  TEST_CASE("nonsense in a header is named") {
    const test::TemporaryFolder folder;
    const std::pair<const char*, const char*> cases[] = {{"P5 0 1 255\n", "width is '0'"},
                                                         {"P5 1 -1 255\n", "height is '-1'"},
                                                         {"P5 1 1 65536\nab", "maximum is '65536'"},
                                                         {"P5 1x 1 255\na", "width is '1x'"},
                                                         {"P5 1 1 100\n\xFF", "exceeds"},
                                                         {"P5 1 1 300\n\x01\x2D", "exceeds"},
                                                         {"P2 1 1 9\n10", "exceeds"},
                                                         {"P2 1 1 9\nx1", "not a number"},
                                                         {"P1 2 1\n0 2", "neither 0 nor 1"},
                                                         {"Pf 1 1 0\nabcd", "scale is '0'"},
                                                         {"Pf 1 1 inf\nabcd", "scale is 'inf'"},
                                                         {"P5 1", "truncated at byte 4"},
                                                         {"P6 2 2 255\nabc", "truncated"}};
    for (const auto& [content, said] : cases) {
      CAPTURE(content);
      test::write_bytes(folder / "x", test::bytes_of(content));
      const auto failure = test::reading_failure(folder / "x");
      REQUIRE(failure);
      CHECK(failure->says(said));
    }
  }
}

TEST_SUITE("image/bmp") {
  TEST_CASE("24 bits, bottom up and top down, rows padded to four bytes") {
    const test::TemporaryFolder folder;
    const std::string_view rows("cba\0fed\0", 8);
    test::write_bytes(folder / "x", bmp_file(1, 2, 24, {}, test::bytes_of(rows)));
    CHECK(std::memcmp(read_image(folder / "x").colour(), "defabc", 6) == 0);
    test::write_bytes(folder / "x", bmp_file(1, -2, 24, {}, test::bytes_of(rows)));
    CHECK(std::memcmp(read_image(folder / "x").colour(), "abcdef", 6) == 0);
  }
  TEST_CASE("pixels per metre are the resolution, where both are stated") {
    const test::TemporaryFolder folder;
    const auto read_with = [&](std::uint64_t x, std::uint64_t y) {
      test::Bytes file = bmp_file(1, 1, 24, {}, test::bytes_of("abc "));
      test::Bytes resolution;
      test::append_little(resolution, x, 4);
      test::append_little(resolution, y, 4);
      std::copy(resolution.begin(), resolution.end(), file.begin() + 38);
      test::write_bytes(folder / "x", file);
      return read_image(folder / "x");
    };
    const Image image = read_with(11811, 5906);
    CHECK(image.metadata.pixels_per_mm_x == doctest::Approx(11.811));
    CHECK(image.metadata.pixels_per_mm_y == doctest::Approx(5.906));
    for (const FileFormat format : {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff}) {
      write_image(folder / "y", image, format);
      CHECK(read_image(folder / "y").metadata.pixels_per_mm_x ==
            doctest::Approx(11.811).epsilon(0.001));
      CHECK(read_image(folder / "y").metadata.pixels_per_mm_y ==
            doctest::Approx(5.906).epsilon(0.001));
    }
    for (const auto& [x, y] : {std::pair<std::uint64_t, std::uint64_t>{0, 0},
                               {11811, 0},
                               {0, 11811},
                               {0xFFFFFFFF, 0xFFFFFFFF}}) {
      CHECK(read_with(x, y).metadata.pixels_per_mm_x == 0.0);
      CHECK(read_with(x, y).metadata.pixels_per_mm_y == 0.0);
    }
  }
  TEST_CASE("a palette becomes RGB, the grey ramp becomes grey") {
    const test::TemporaryFolder folder;
    test::Bytes ramp;
    for (int i = 0; i < 256; ++i)
      for (int c = 0; c < 4; ++c) ramp.push_back(static_cast<std::byte>(c < 3 ? i : 0));
    test::write_bytes(folder / "x", bmp_file(2, 1, 8, ramp, test::bytes_of("az  ")));
    const Image grey = read_image(folder / "x");
    CHECK(grey.channels() == 1);
    CHECK(std::memcmp(grey.colour(), "az", 2) == 0);
    test::write_bytes(folder / "x",
                      bmp_file(2, 1, 1, test::bytes_of("cba.fed."), test::bytes_of("\x40   ")));
    CHECK(std::memcmp(read_image(folder / "x").colour(), "abcdef", 6) == 0);
    test::write_bytes(folder / "x",
                      bmp_file(2, 1, 4, test::bytes_of("cba.fed."), test::bytes_of("\x70   ")));
    CHECK(test::reading_failure(folder / "x")->says("palette"));
  }
  TEST_CASE("the mask of alpha counts from the header of 56 bytes on") {
    const test::TemporaryFolder folder;
    for (const std::size_t info : {40, 52, 56, 108}) {
      test::Bytes file = bmp_file(1, 1, 32, {}, {});
      file.resize(14 + std::max<std::size_t>(info, 56));
      file[10] = static_cast<std::byte>(file.size());
      file[14] = static_cast<std::byte>(info);
      file[30] = std::byte{3};
      // Masks of red, green, blue and alpha.
      for (const std::size_t at : {56, 59, 62, 69}) file[at] = std::byte{0xFF};
      test::append(file, test::bytes_of("cbaz"));
      test::write_bytes(folder / "x", file);
      const Image image = read_image(folder / "x");
      CHECK(std::memcmp(image.colour(), "abc", 3) == 0);
      CHECK(image.has_alpha() == (info >= 56));
    }
  }
  TEST_CASE("what is not supported or cut is refused") {
    const test::TemporaryFolder folder;
    test::write_bytes(folder / "x", bmp_file(1, 1, 16, {}, test::bytes_of("ab  ")));
    CHECK(test::reading_failure(folder / "x")->says("16 bits per pixel"));
    test::write_bytes(folder / "x", bmp_file(9, 9, 24, {}, test::bytes_of("abc ")));
    CHECK(test::reading_failure(folder / "x")->says("truncated"));
    test::write_bytes(folder / "x", bmp_file(0, 9, 24, {}, test::bytes_of("abc ")));
    CHECK(test::reading_failure(folder / "x")->says("width"));
  }
}

}  // namespace tessera
