// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>

#include "image/containers.h"

namespace tessera {
namespace {

using test::read_from;

constexpr int kPhotometric = 262, kExtraSamples = 338, kSampleFormat = 339;

test::Bytes shorts(std::initializer_list<int> values) {
  test::Bytes bytes;
  for (const int value : values) test::append_little(bytes, static_cast<std::uint64_t>(value), 2);
  return bytes;
}
test::Bytes floats(std::initializer_list<float> values) {
  test::Bytes bytes;
  for (const float value : values)
    test::append_little(bytes, std::bit_cast<std::uint32_t>(value), 4);
  return bytes;
}
test::Bytes octets(std::initializer_list<int> values) {
  test::Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

/// Why a TIFF is refused; empty when it is read.
std::string refusal(const test::TemporaryFolder& folder, const test::Bytes& file) {
  test::write_bytes(folder / "x.tif", file);
  const auto failure = test::reading_failure(folder / "x.tif");
  return failure ? failure->text : "";
}

}  // namespace

TEST_SUITE("image/tiff_colours") {
  TEST_CASE("a last sample that is not said to be alpha is taken for it, and told") {
    const test::TemporaryFolder folder;
    const auto warnings_of = [&](const std::map<int, int>& tags) {
      const Image image =
          read_from(folder, test::tiff_file(1, 1, 4, 8, octets({1, 2, 3, 4}), tags));
      CHECK(image.has_alpha());
      return image.warnings;
    };
    CHECK(warnings_of({{kExtraSamples, 1}}).empty());
    CHECK(warnings_of({{kExtraSamples, 2}}).empty());
    for (const auto& tags : {std::map<int, int>{}, {{kExtraSamples, 0}}}) {
      REQUIRE(warnings_of(tags).size() == 1);
      CHECK(warnings_of(tags)[0].find("taken for its alpha") != std::string::npos);
    }
  }
  TEST_CASE("entries out of order cost no picture") {
    const test::TemporaryFolder folder;
    test::Bytes file = test::tiff_file(1, 1, 1, 8, octets({7}));
    // The directory's first two entries, width and height, change places.
    const std::size_t directory = 8 + 1 + 2;
    std::swap_ranges(file.begin() + static_cast<std::ptrdiff_t>(directory) + 2,
                     file.begin() + static_cast<std::ptrdiff_t>(directory) + 14,
                     file.begin() + static_cast<std::ptrdiff_t>(directory) + 14);
    CHECK(read_from(folder, file).colour_row<std::uint8_t>(0)[0] == 7);
  }
  TEST_CASE("colours that were stored times alpha come back as they were") {
    const test::TemporaryFolder folder;
    const Image real =
        read_from(folder, test::tiff_file(2, 1, 4, 32,
                                          floats({0.4F, 0.3F, 0.2F, 1.0F, 0.4F, 0.3F, 0.2F, 0.5F}),
                                          {{kExtraSamples, 1}, {kSampleFormat, 3}}));
    REQUIRE(real.has_alpha());
    CHECK(real.colour_row<float>(0)[0] == doctest::Approx(0.4));
    CHECK(real.colour_row<float>(0)[3] == doctest::Approx(0.8));
    CHECK(real.alpha_row<float>(0)[1] == 0.5F);

    const Image grey = read_from(
        folder,
        test::tiff_file(3, 1, 2, 8, octets({40, 128, 40, 255, 0, 0}), {{kExtraSamples, 1}}));
    CHECK(grey.colour_row<std::uint8_t>(0)[0] == 80);  // 79.69
    CHECK(grey.colour_row<std::uint8_t>(0)[1] == 40);
    CHECK(grey.colour_row<std::uint8_t>(0)[2] == 0);

    const Image deep = read_from(
        folder,
        test::tiff_file(1, 1, 4, 16, shorts({10000, 20000, 0, 32768}), {{kExtraSamples, 1}}));
    CHECK(deep.colour_row<std::uint16_t>(0)[0] == 20000);  // 19999.7
    CHECK(deep.colour_row<std::uint16_t>(0)[1] == 39999);  // 39999.4
  }

  TEST_CASE("every 8-bit colour under every alpha is the nearest") {
    const test::TemporaryFolder folder;
    test::Bytes pixels;
    for (int alpha = 1; alpha < 256; ++alpha)
      for (int stored = 0; stored < 256; ++stored)
        test::append(pixels, octets({std::min(stored, alpha), alpha}));
    const Image image =
        read_from(folder, test::tiff_file(256, 255, 2, 8, pixels, {{kExtraSamples, 1}}));
    int wrong = 0;
    for (int alpha = 1; alpha < 256; ++alpha)
      for (int stored = 0; stored < 256; ++stored) {
        const double colour = std::min(stored, alpha) * 255.0 / alpha;
        wrong += std::abs(image.colour_row<std::uint8_t>(alpha - 1)[stored] - colour) > 0.5;
      }
    CHECK(wrong == 0);
  }

  TEST_CASE("alpha that colours were not multiplied by changes nothing") {
    const test::TemporaryFolder folder;
    const Image real =
        read_from(folder, test::tiff_file(1, 1, 4, 32, floats({0.4F, 0.3F, 0.2F, 0.5F}),
                                          {{kExtraSamples, 2}, {kSampleFormat, 3}}));
    CHECK(real.colour_row<float>(0)[0] == 0.4F);
  }

  TEST_CASE("colour spaces that would be taken for RGB or grey are refused by name") {
    const test::TemporaryFolder folder;
    const test::Bytes three = octets({100, 128, 128}), one = octets({100});
    const auto colour = [&](int photometric) {
      return refusal(folder, test::tiff_file(1, 1, 3, 8, three, {{kPhotometric, photometric}}));
    };
    CHECK(colour(2) == "");
    CHECK(colour(6).find("colour space YCbCr is not supported (convert") != std::string::npos);
    CHECK(colour(9).find("Lab") != std::string::npos);
    CHECK(colour(10).find("Lab") != std::string::npos);
    CHECK(colour(5).find("inks") != std::string::npos);
    const auto grey = [&](int photometric) {
      return refusal(folder, test::tiff_file(1, 1, 1, 8, one, {{kPhotometric, photometric}}));
    };
    CHECK(grey(0) == "");
    CHECK(grey(1) == "");
    CHECK(grey(4).find("mask") != std::string::npos);
    CHECK(refusal(folder, test::tiff_file(1, 1, 1, 32, floats({0.3F}),
                                          {{kPhotometric, 0}, {kSampleFormat, 3}}))
              .find("white is zero") != std::string::npos);
  }

  TEST_CASE("pixels that look like the mark of a camera do not make a camera raw file") {
    const test::TemporaryFolder folder;
    CHECK(refusal(folder, test::tiff_file(4, 1, 1, 8, octets({'C', 'R', 2, 0}))) ==
          "");  // the directory begins at 12, where a CR2 has its raw directory's offset
    CHECK(refusal(folder, test::tiff_file(8, 1, 1, 8, octets({'C', 'R', 3, 0, 9, 9, 9, 9}))) == "");
    CHECK(refusal(folder, test::tiff_file(8, 1, 1, 8, octets({'C', 'R', 2, 0, 9, 9, 9, 9})))
              .find("camera raw") != std::string::npos);
  }
}

}  // namespace tessera
