// SPDX-License-Identifier: MIT
// What a file holds beside the picture that is read.
#include <doctest/doctest.h>

#include "image/containers.h"
#include "support/error_code.h"

namespace tessera {
using test::raw, test::read_from;

TEST_SUITE("image/picture_end") {
  TEST_CASE("bytes after the picture are told and ignored") {
    const test::TemporaryFolder folder;
    test::Bytes file = test::png_file(1, 1, 8, 0, raw({0, 7}), {});
    test::append(file, raw({1, 2, 3}));
    const Image image = read_from(folder, file);
    CHECK(image.colour_row<std::uint8_t>(0)[0] == 7);
    REQUIRE(image.warnings.size() == 1);
    CHECK(image.warnings[0].find("3 bytes") == 0);
  }
  TEST_CASE("bytes after a JPEG, WebP or GIF are told, what cameras append is not") {
    const test::TemporaryFolder folder;
    write_image(folder / "x.jpg", test::smooth_image(40, 30, 3), FileFormat::Jpeg);
    write_image(folder / "x.webp", test::random_image(9, 7, 3, SampleType::U8, false),
                FileFormat::Webp);
    test::Bytes gif = test::bytes_of("GIF89a");
    test::append(gif, raw({1, 0, 1, 0, 0x80, 0, 0, 10, 20, 30, 40, 50, 60}));
    test::append(gif, raw({0x21, 0xFE, 2, 0x3B, 0x3B, 0}));
    test::append(gif, raw({0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4C, 0x01, 0, 0x3B}));
    const test::Bytes jpeg = test::read_bytes(folder / "x.jpg");
    for (const test::Bytes& whole : {jpeg, test::read_bytes(folder / "x.webp"), gif}) {
      CHECK(read_from(folder, whole).warnings.empty());
      test::Bytes padded = whole, longer = whole;
      padded.resize(padded.size() + 700);
      test::append(padded, raw({0xFF, 0xFF}));
      CHECK(read_from(folder, padded).warnings.empty());
      test::append(longer, raw({0, 1, 2, 3, 4}));
      const Image image = read_from(folder, longer);
      REQUIRE(image.warnings.size() == 1);
      CHECK(image.warnings[0] == "5 bytes after the picture are ignored");
    }
    // A second picture: told, unless an index of pictures (MPF, in APP2) announces it.
    test::Bytes two = jpeg, indexed = jpeg;
    test::append(two, jpeg);
    CHECK(read_from(folder, two).warnings.size() == 1);
    const test::Bytes index = raw({0xFF, 0xE2, 0, 8, 'M', 'P', 'F', 0, 0, 0});
    indexed.insert(indexed.begin() + 2, index.begin(), index.end());
    test::append(indexed, jpeg);
    CHECK(read_from(folder, indexed).warnings.empty());
  }
  TEST_CASE("further pictures of a JPEG are told, large thumbnails are not") {
    const test::TemporaryFolder folder;
    write_image(folder / "x.jpg", test::smooth_image(40, 30, 3), FileFormat::Jpeg);
    const test::Bytes jpeg = test::read_bytes(folder / "x.jpg");
    // An index of the first picture and of others of these kinds, in both byte orders.
    const auto indexed = [&](std::initializer_list<std::uint64_t> kinds, bool little) {
      test::Bytes index = test::bytes_of(little ? std::string_view("MPF\0II*\0", 8)
                                                : std::string_view("MPF\0MM\0*", 8));
      const auto put = [&](std::uint64_t value, int width) {
        little ? test::append_little(index, value, width) : test::append_big(index, value, width);
      };
      put(8, 4);
      put(1, 2);
      put(0xB002, 2);
      put(7, 2);
      put(16 * (1 + kinds.size()), 4);
      put(26, 4);
      put(0, 4);
      put(0x030000, 4);
      for (int k = 0; k < 3; ++k) put(0, 4);
      for (const std::uint64_t kind : kinds) {
        put(0x80000000 | kind, 4);
        for (int k = 0; k < 3; ++k) put(0, 4);
      }
      test::Bytes file = jpeg, segment = raw({0xFF, 0xE2});
      test::append_big(segment, 2 + index.size(), 2);
      test::append(segment, index);
      file.insert(file.begin() + 2, segment.begin(), segment.end());
      return file;
    };
    for (const bool little : {true, false}) {
      CHECK(read_from(folder, indexed({}, little)).warnings.empty());
      CHECK(read_from(folder, indexed({0x010001, 0x010002}, little)).warnings.empty());
      const Image image = read_from(folder, indexed({0x010001, 0, 0x020001}, little));
      REQUIRE(image.warnings.size() == 1);
      CHECK(image.warnings[0] == "only the first of 3 pictures is read");
    }
    // An index that ends before its entries do.
    test::Bytes cut = indexed({0, 0}, true);
    const std::size_t length = 2 + 8 + 4 + 2 + 12 + 4 + 16 + 16;
    cut[4] = std::byte{0};
    cut[5] = static_cast<std::byte>(length);
    cut.erase(cut.begin() + 4 + static_cast<std::ptrdiff_t>(length), cut.begin() + 4 + length + 16);
    CHECK(read_from(folder, cut).warnings.size() == 1);
  }
  TEST_CASE("a file of which only a part would be read is refused when asked to be") {
    const test::TemporaryFolder folder;
    const ReadOptions whole{.refuse_partial = true};
    test::Bytes png = test::png_file(1, 1, 8, 0, raw({0, 7}), {});
    test::write_bytes(folder / "x", png);
    CHECK(read_image(folder / "x", whole).width() == 1);
    CHECK(read_image_size(folder / "x", whole).width == 1);
    test::append(png, raw({1, 2, 3}));
    test::write_bytes(folder / "x", png);
    CHECK(read_image(folder / "x").width() == 1);
    CHECK(test::code_of([&] { read_image(folder / "x", whole); }) == ErrorCode::BadImage);
    CHECK(test::code_of([&] { read_image_size(folder / "x", whole); }) == ErrorCode::BadImage);
    test::Bytes grey = test::bytes_of("P5\n2 1\n255\nab");
    test::write_bytes(folder / "x", grey);
    CHECK(read_image(folder / "x", whole).width() == 2);
    test::append(grey, grey);
    test::write_bytes(folder / "x", grey);
    CHECK(read_image(folder / "x").warnings.size() == 1);
    CHECK(test::code_of([&] { read_image(folder / "x", whole); }) == ErrorCode::BadImage);
    CHECK(test::code_of([&] { read_image_size(folder / "x", whole); }) == ErrorCode::BadImage);
    write_image(folder / "x.jpg", test::smooth_image(40, 30, 3), FileFormat::Jpeg);
    test::Bytes jpeg = test::read_bytes(folder / "x.jpg");
    test::append(jpeg, raw({1, 2, 3}));
    test::write_bytes(folder / "x.jpg", jpeg);
    CHECK(read_image_size(folder / "x.jpg").width == 40);
    CHECK(test::code_of([&] { read_image(folder / "x.jpg", whole); }) == ErrorCode::BadImage);
    CHECK(test::code_of([&] { read_image_size(folder / "x.jpg", whole); }) == ErrorCode::BadImage);
  }
  TEST_CASE("floats that are mostly above white are told") {
    const test::TemporaryFolder folder;
    for (const auto& [largest, told] : {std::pair(1.0F, false), {1.9F, false}, {255.0F, true}}) {
      Image image(20, 10, 3, SampleType::F32);
      for (int y = 0; y < 10; ++y)
        for (int k = 0; k < 60; ++k)
          image.colour_row<float>(y)[k] = largest * static_cast<float>(k) / 59.0F;
      write_image(folder / "x.pfm", image, FileFormat::Pfm);
      CHECK(read_image(folder / "x.pfm").warnings.size() == (told ? 1 : 0));
    }
  }
}

}  // namespace tessera
