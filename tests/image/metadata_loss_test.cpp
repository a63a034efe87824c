// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "image/containers.h"

namespace tessera {
namespace {

constexpr int kSrgbGamma = 45455;
/// White, red, green, blue: x and y times 100000.
const std::vector<int> kSrgbPrimaries{31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000};
const std::vector<int> kWidePrimaries{31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000};

test::Bytes number_chunk(std::string_view type, const std::vector<int>& numbers) {
  test::Bytes data;
  for (const int number : numbers) test::append_big(data, static_cast<std::uint64_t>(number), 4);
  return test::png_chunk(type, data);
}
test::Bytes gamma(int value) { return number_chunk("gAMA", {value}); }
test::Bytes primaries(const std::vector<int>& values) { return number_chunk("cHRM", values); }
test::Bytes video_colours(std::string_view four) {
  return test::png_chunk("cICP", test::bytes_of(four));
}
test::Bytes srgb() { return test::png_chunk("sRGB", test::Bytes(1)); }
test::Bytes both(test::Bytes first, const test::Bytes& second) {
  test::append(first, second);
  return first;
}

/// A colour PNG of one pixel with those chunks.
Image png_with(const test::TemporaryFolder& folder, const test::Bytes& chunks) {
  const test::Bytes row = test::bytes_of(std::string_view("\0\x11\x22\x33", 4));
  test::write_bytes(folder / "x.png", test::png_file(1, 1, 8, 2, row, chunks));
  return read_image(folder / "x.png");
}

/// What is told when it is written in that format.
std::vector<std::string> told(const Image& image, FileFormat format) {
  const test::TemporaryFolder folder;
  return write_image(folder / "y", image, format);
}

/// `picture` as a JPEG with a segment before its tables.
test::Bytes jpeg_with(const Image& picture, const test::Bytes& segment) {
  const test::TemporaryFolder folder;
  write_image(folder / "x", picture, FileFormat::Jpeg);
  test::Bytes file = test::read_bytes(folder / "x");
  std::size_t table = 2;
  while (file[table] != std::byte{0xFF} || file[table + 1] != std::byte{0xDB}) ++table;
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(table), segment.begin(), segment.end());
  return file;
}

/// A BMP of one pixel, with the header of version 5. `colours`: nine numbers of 2.30 bits, X, Y and
/// Z of red, green and blue, and three gammas of 16.16 bits.
test::Bytes bmp_with(std::string_view colour_space,
                     const test::Bytes& profile,
                     const std::vector<std::uint32_t>& colours = std::vector<std::uint32_t>(12)) {
  test::Bytes file = test::bytes_of("BM");
  const auto put = [&](std::uint64_t value, int width = 4) {
    test::append_little(file, value, width);
  };
  put(142 + profile.size()), put(0), put(138);
  put(124), put(1), put(1), put(1, 2), put(24, 2), put(0, 40);
  test::append(file, test::bytes_of(colour_space));
  for (const std::uint32_t colour : colours) put(colour);
  put(0), put(128), put(profile.size()), put(0);
  test::append(file, test::bytes_of(std::string_view("cba\0", 4)));
  test::append(file, profile);
  return file;
}

constexpr std::string_view kCalibrated("\0\0\0\0", 4);

/// The colours of bmp_with: primaries by x and y, each of light `sums`, and a gamma.
std::vector<std::uint32_t> bmp_colours(const std::vector<double>& xy, double sum, double gamma) {
  std::vector<std::uint32_t> colours;
  for (std::size_t i = 0; i < 6; i += 2)
    for (const double part : {xy[i], xy[i + 1], 1.0 - xy[i] - xy[i + 1]})
      colours.push_back(static_cast<std::uint32_t>(std::lround(part * sum * (1 << 30))));
  colours.resize(12, static_cast<std::uint32_t>(std::lround(gamma * 65536)));
  return colours;
}

}  // namespace

TEST_SUITE("image/metadata_loss") {
  TEST_CASE("colours that only a PNG can state cost a warning elsewhere, unless they are sRGB") {
    const test::TemporaryFolder folder;
    const std::pair<test::Bytes, const char*> cases[] = {
        {gamma(100000), "gAMA"},
        {gamma(55555), "gAMA"},
        {primaries(kWidePrimaries), "cHRM"},
        {both(gamma(kSrgbGamma), primaries(kWidePrimaries)), "gAMA and cHRM"},
        {both(gamma(100000), primaries(kSrgbPrimaries)), "gAMA and cHRM"},
        {video_colours(std::string_view("\x09\x10\0\1", 4)), "cICP"},
        {both(srgb(), video_colours(std::string_view("\x09\x10\0\1", 4))), "cICP"},
        {gamma(kSrgbGamma), nullptr},
        {both(gamma(45450), primaries(kSrgbPrimaries)), nullptr},
        {primaries(kSrgbPrimaries), nullptr},
        {srgb(), nullptr},
        {both(srgb(), gamma(100000)), nullptr},
        {video_colours(std::string_view("\x01\x0D\0\1", 4)), nullptr},
        {{}, nullptr}};
    for (const auto& [chunks, lost] : cases) {
      const Image image = png_with(folder, chunks);
      CHECK(told(image, FileFormat::Png).empty());
      for (const FileFormat format :
           {FileFormat::Jpeg, FileFormat::Tiff, FileFormat::Webp, FileFormat::Pnm}) {
        const auto warnings = told(image, format);
        CAPTURE(std::string(reinterpret_cast<const char*>(chunks.data()), chunks.size()));
        REQUIRE(warnings.size() == (lost == nullptr ? 0 : 1));
        if (lost == nullptr) continue;
        CHECK(test::is_message(warnings[0]));
        CHECK(warnings[0].find(" has no place for the PNG colour description (" +
                               std::string(lost) + "): not written") != std::string::npos);
      }
    }
  }
  TEST_CASE("a profile says what gamma and primaries say; both go on request") {
    const test::TemporaryFolder folder;
    Image image = png_with(folder, both(gamma(100000), primaries(kWidePrimaries)));
    WriteOptions strip;
    strip.strip_icc = true;
    CHECK(write_image(folder / "y", image, FileFormat::Tiff, strip).empty());
    image.metadata.icc = test::icc_profile("RGB ", 100);
    CHECK(told(image, FileFormat::Tiff).empty());
    REQUIRE(told(image, FileFormat::Pnm).size() == 1);
    CHECK(told(image, FileFormat::Pnm)[0] == "PNM has no place for the ICC profile: not written");
    // Of the two, this one counts.
    test::append(image.metadata.png_colour, video_colours(std::string_view("\x09\x10\0\1", 4)));
    CHECK(told(image, FileFormat::Tiff).size() == 1);
  }
  TEST_CASE("colours that a BMP states cost a warning, unless they are sRGB") {
    const test::TemporaryFolder folder;
    const std::vector<double> srgb{0.64, 0.33, 0.3, 0.6, 0.15, 0.06},
        wide{0.64, 0.33, 0.21, 0.71, 0.15, 0.06};
    const auto warnings_of = [&](const std::vector<std::uint32_t>& colours,
                                 std::string_view space = kCalibrated) {
      test::write_bytes(folder / "x", bmp_with(space, {}, colours));
      return read_image(folder / "x").warnings;
    };
    for (const double gamma : {2.2, 1 / 2.2, 0.0})
      CHECK(warnings_of(bmp_colours(srgb, 1, gamma)).empty());
    CHECK(warnings_of(bmp_colours(srgb, 0.3, 2.2)).empty());
    CHECK(warnings_of(std::vector<std::uint32_t>(12)).empty());
    CHECK(warnings_of(bmp_colours(wide, 1, 1), "BGRs").empty());
    CHECK(warnings_of(bmp_colours(wide, 1, 1), " niW").empty());
    using Lines = std::vector<std::string>;
    const std::string end = " dropped: other than those of sRGB, as which the picture is carried";
    CHECK(warnings_of(bmp_colours(wide, 1, 2.2)) == Lines{"primaries of the BMP" + end});
    CHECK(warnings_of(bmp_colours(srgb, 1, 1)) == Lines{"gamma of the BMP" + end});
    CHECK(warnings_of(bmp_colours(wide, 0.3, 1.8)) ==
          Lines{"primaries and gamma of the BMP" + end});
  }
  TEST_CASE("EXIF fills a segment of JPEG to its last byte, and one byte more costs a warning") {
    const test::TemporaryFolder folder;
    constexpr std::size_t kMost = 65533 - 6;  // length(2), "Exif" and two zeros
    for (const std::size_t bytes : {kMost, kMost + 1}) {
      Image image = test::smooth_image(16, 16, 3);
      image.metadata.exif = test::exif_block(1, false);
      image.metadata.exif.resize(bytes);
      const bool fits = bytes == kMost;
      CHECK(write_image(folder / "x.jpg", image, FileFormat::Jpeg).empty() == fits);
      CHECK(read_image(folder / "x.jpg").metadata.exif.size() == (fits ? bytes : 0));
    }
  }
  TEST_CASE("extended XMP of a JPEG costs a warning, and is no longer spoken of") {
    const test::TemporaryFolder folder;
    Image picture = test::smooth_image(16, 16, 3);
    picture.metadata.xmp = test::xmp_packet("1");
    const std::string_view note = "xmpNote:HasExtendedXMP";
    const std::string plain(reinterpret_cast<const char*>(picture.metadata.xmp.data()),
                            picture.metadata.xmp.size());
    for (const std::string property :
         {" xmpNote:HasExtendedXMP=\"0123456789ABCDEF\"", " xmpNote:HasExtendedXMP = 'A'"}) {
      std::string packet = plain;
      packet.insert(packet.find(" tiff:Orientation"), property);
      picture.metadata.xmp = test::bytes_of(packet);
      test::write_bytes(folder / "x", jpeg_with(picture, {}));
      packet.replace(packet.find(property) + 1, property.size() - 1, property.size() - 1, ' ');
      CHECK(read_image(folder / "x").metadata.xmp == test::bytes_of(packet));
    }
    const std::string element =
        "<rdf:Description><xmpNote:HasExtendedXMP>A</xmpNote:HasExtendedXMP></rdf:Description>";
    std::string packet = plain;
    packet.insert(packet.find("<rdf:Description"), element);
    picture.metadata.xmp = test::bytes_of(packet);
    test::write_bytes(folder / "x", jpeg_with(picture, {}));
    const Image cleared = read_image(folder / "x");
    const std::string left(reinterpret_cast<const char*>(cleared.metadata.xmp.data()),
                           cleared.metadata.xmp.size());
    CHECK(left.find(note) == left.npos);
    CHECK(left.find("<rdf:Description>") != left.npos);
    CHECK(left.find("</rdf:Description><rdf:Description tiff") != left.npos);

    picture.metadata.xmp = test::bytes_of(plain);
    using namespace std::string_view_literals;
    test::Bytes segment = test::bytes_of("\xFF\xE1\0\x35http://ns.adobe.com/xmp/extension/\0"sv);
    test::append(segment, test::bytes_of("0123456789ABCDEF"));
    test::write_bytes(folder / "x", jpeg_with(picture, segment));
    const Image image = read_image(folder / "x");
    CHECK(image.metadata.xmp == picture.metadata.xmp);
    REQUIRE(image.warnings.size() == 1);
    CHECK(image.warnings[0].find("extended XMP dropped") == 0);
    CHECK(test::is_message(image.warnings[0]));
  }
  TEST_CASE("the profile in a BMP is carried; one that lies elsewhere costs a warning") {
    const test::TemporaryFolder folder;
    const test::Bytes profile = test::icc_profile("RGB ", 100);
    test::write_bytes(folder / "x", bmp_with("DEBM", profile));
    const Image image = read_image(folder / "x");
    CHECK(std::memcmp(image.colour(), "abc", 3) == 0);
    CHECK(image.metadata.icc == profile);
    CHECK(image.warnings.empty());

    test::write_bytes(folder / "x", bmp_with("KNIL", test::bytes_of("profile.icc")));
    REQUIRE(read_image(folder / "x").warnings.size() == 1);
    CHECK(read_image(folder / "x").warnings[0].find("linked colour profile dropped") == 0);
    CHECK(read_image(folder / "x").metadata.icc.empty());

    test::write_bytes(folder / "x", bmp_with("DEBM", test::icc_profile("GRAY", 100)));
    REQUIRE(read_image(folder / "x").warnings.size() == 1);
    CHECK(read_image(folder / "x").warnings[0].find("damaged ICC profile dropped") == 0);

    test::Bytes cut = bmp_with("DEBM", profile);
    cut.pop_back();
    test::write_bytes(folder / "x", cut);
    REQUIRE(read_image(folder / "x").warnings.size() == 1);
    CHECK(read_image(folder / "x").warnings[0].find("damaged ICC profile dropped") == 0);
    CHECK(read_image(folder / "x").metadata.icc.empty());

    cut.resize(142);
    test::write_bytes(folder / "x", cut);
    REQUIRE(read_image(folder / "x").warnings.size() == 1);
    CHECK(read_image(folder / "x").warnings[0].find("damaged ICC profile dropped") == 0);

    test::write_bytes(folder / "x", bmp_with("BGRs", {}));
    CHECK(read_image(folder / "x").warnings.empty());
  }
  TEST_CASE("stray bytes between the segments of a JPEG cost none of its metadata") {
    const test::TemporaryFolder folder;
    const ImageMetadata all{.icc = test::icc_profile("RGB ", 3000),
                            .exif = test::exif_block(1, false),
                            .xmp = test::xmp_packet("1"),
                            .png_colour = {}};
    const ImageMetadata icc{all.icc, {}, {}, {}}, exif{{}, all.exif, {}, {}},
        xmp{{}, {}, all.xmp, {}};
    for (const ImageMetadata* metadata : {&all, &icc, &exif, &xmp}) {
      Image image = test::smooth_image(48, 20, 3);
      image.metadata = *metadata;
      test::write_bytes(folder / "sound", jpeg_with(image, {}));
      test::write_bytes(folder / "x", jpeg_with(image, test::Bytes(8, std::byte{0x11})));
      const Image sound = read_image(folder / "sound"), back = read_image(folder / "x");
      CHECK(test::same_pixels(sound, back));
      CHECK(back.metadata.exif == sound.metadata.exif);
      CHECK(back.metadata.icc == sound.metadata.icc);
      CHECK(back.metadata.xmp == sound.metadata.xmp);
      REQUIRE(back.warnings.size() == 1);
      CHECK(back.warnings[0].find("damage before the picture ignored: ") == 0);
    }
  }
  TEST_CASE("stray bytes cost a JPEG none of what its Adobe segment says of its colours") {
    const test::TemporaryFolder folder;
    using namespace std::string_view_literals;
    // The last byte: the components are red, green and blue.
    const auto segment = test::bytes_of(
        "\xFF\xEE\0\x0E"
        "Adobe\0\x64\0\0\0\0\0"sv);
    const Image image = test::smooth_image(48, 20, 3);
    const auto read = [&](test::Bytes file) {
      // Beside JFIF it would not count.
      REQUIRE(file[3] == std::byte{0xE0});
      const int length = std::to_integer<int>(file[4]) << 8 | std::to_integer<int>(file[5]);
      file.erase(file.begin() + 2, file.begin() + 4 + length);
      test::write_bytes(folder / "x", file);
      return read_image(folder / "x");
    };
    const Image sound = read(jpeg_with(image, segment));
    const Image back = read(jpeg_with(image, both(segment, test::Bytes(8, std::byte{0x11}))));
    CHECK(sound.warnings.empty());
    REQUIRE(back.warnings.size() == 1);
    CHECK(test::same_pixels(sound, back));
    CHECK_FALSE(test::same_pixels(sound, read(jpeg_with(image, {}))));
  }
}

}  // namespace tessera
