// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "image/containers.h"

namespace tessera {

TEST_SUITE("image/captions") {
  TEST_CASE("captions that are not carried are told, what programs write about themselves is not") {
    const test::TemporaryFolder folder;
    const auto warnings_of = [&](const test::Bytes& file) {
      test::write_bytes(folder / "y", file);
      return read_image(folder / "y").warnings;
    };
    write_image(folder / "x.jpg", test::smooth_image(40, 30, 3), FileFormat::Jpeg);
    const test::Bytes jpeg = test::read_bytes(folder / "x.jpg");
    const auto with_resources = [&](std::string_view resources) {
      test::Bytes segment = test::bytes_of("\xFF\xED"), file = jpeg;
      test::append_big(segment, 2 + 14 + resources.size(), 2);
      test::append(segment, test::bytes_of(std::string_view("Photoshop 3.0\0", 14)));
      test::append(segment, test::bytes_of(resources));
      file.insert(file.begin() + 2, segment.begin(), segment.end());
      return warnings_of(file);
    };
    CHECK(with_resources({"8BIM\x03\xED\0\0\0\0\0\x02xx", 14}).empty());  // a resolution
    CHECK(with_resources({"8BIM\x04\x04\0\0\0\0\0\0", 12}).empty());
    const auto iptc = with_resources({"8BIM\x04\x04\0\0\0\0\0\x02xx", 14});
    REQUIRE(iptc.size() == 1);
    CHECK(iptc[0].find("IPTC dropped") == 0);

    const auto with_comment = [&](std::string_view text) {
      test::Bytes file = test::read_bytes(folder / "x.jpg");
      test::Bytes segment{std::byte{0xFF}, std::byte{0xFE}};
      test::append_big(segment, 2 + text.size(), 2);
      test::append(segment, test::bytes_of(text));
      file.insert(file.begin() + 2, segment.begin(), segment.end());
      return warnings_of(file);
    };
    CHECK(with_comment("").empty());
    const auto comment = with_comment("of somebody");
    REQUIRE(comment.size() == 1);
    CHECK(comment[0].find("comment dropped") == 0);

    write_image(folder / "x.png", test::smooth_image(40, 30, 3), FileFormat::Png);
    const auto with_texts = [&](std::initializer_list<const char*> keywords) {
      test::Bytes file = test::read_bytes(folder / "x.png");
      for (const char* keyword : keywords) {
        test::Bytes data = test::bytes_of(keyword);
        data.push_back(std::byte{0});
        test::append(data, test::bytes_of("of somebody"));
        const test::Bytes chunk = test::png_chunk("tEXt", data);
        file.insert(file.end() - 12, chunk.begin(), chunk.end());
      }
      return warnings_of(file);
    };
    CHECK(with_texts({"Software", "date:create", "Creation Time", "Make", "Titles"}).empty());
    const auto texts = with_texts({"Title", "Software", "Author", "parameters"});
    REQUIRE(texts.size() == 1);
    CHECK(texts[0].find("text chunks dropped (Title, Author, parameters)") == 0);

    const auto with_tags = [&](const std::map<int, int>& tags) {
      return warnings_of(test::tiff_file(1, 1, 1, 8, {std::byte{7}}, tags));
    };
    CHECK(with_tags({}).empty());
    CHECK(with_tags({{34377, 0}}).empty());  // resources without captions
    const auto of_tiff = with_tags({{33723, 0x1C}, {34735, 1}});
    REQUIRE(of_tiff.size() == 2);
    CHECK(of_tiff[0].find("IPTC dropped") == 0);
    CHECK(of_tiff[1].find("GeoTIFF tags dropped") == 0);
  }
  TEST_CASE("of colour chunks the first of a kind goes on, and none of a wrong length") {
    // Every later reader would complain of the others.
    const test::TemporaryFolder folder;
    test::Bytes gamma;
    test::append_big(gamma, 55555, 4);
    const test::Bytes chunk = test::png_chunk("gAMA", gamma);
    const test::Bytes intent = test::png_chunk("sRGB", test::bytes_of("\1"));
    const auto colour_of = [&](std::initializer_list<test::Bytes> chunks) {
      test::Bytes all;
      for (const test::Bytes& one : chunks) test::append(all, one);
      test::write_bytes(
          folder / "x.png",
          test::png_file(1, 1, 8, 0, test::bytes_of(std::string_view("\0\x42", 2)), all));
      return read_image(folder / "x.png").metadata.png_colour;
    };
    CHECK(colour_of({chunk, chunk}) == chunk);
    test::Bytes both = chunk;
    test::append(both, intent);
    CHECK(colour_of({chunk, intent, chunk}) == both);
    test::append_big(gamma, 1, 4);
    CHECK(colour_of({test::png_chunk("gAMA", gamma)}).empty());
    // How bright a display is meant goes on beside what colours are meant.
    for (const auto& [type, length] : {std::pair("mDCV", 24), {"cLLI", 8}}) {
      const test::Bytes light(static_cast<std::size_t>(length), std::byte{7});
      CHECK(colour_of({test::png_chunk(type, light)}) == test::png_chunk(type, light));
    }
  }
}

}  // namespace tessera
