// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "image/containers.h"
#include "image/metadata/exif.h"
#include "image/metadata/icc.h"

namespace tessera {
namespace {

Image with_metadata(Image image) {
  image.metadata.icc = test::icc_profile(image.channels() == 1 ? "GRAY" : "RGB ", 3000);
  image.metadata.exif = test::exif_block(1, false);
  image.metadata.xmp = test::xmp_packet("1");
  return image;
}

/// A little-endian number, 0 outside the file.
std::size_t tiff_number(const test::Bytes& file, std::size_t offset, std::size_t width) {
  std::size_t value = 0;
  for (std::size_t i = width; i-- > 0 && offset + width <= file.size();)
    value = value << 8 | std::to_integer<std::size_t>(file[offset + i]);
  return value;
}
/// The value, or where it lies, of a tag in the directory at `directory`; 0: it is not there.
std::size_t tiff_value(const test::Bytes& file, std::size_t directory, std::size_t tag) {
  for (std::size_t i = 0; i < tiff_number(file, directory, 2); ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (tiff_number(file, entry, 2) == tag)
      return tiff_number(file, entry + 8, tiff_number(file, entry + 2, 2) == 3 ? 2 : 4);
  }
  return 0;
}

}  // namespace

TEST_SUITE("image/metadata") {
  TEST_CASE(
      "ICC, EXIF and XMP go through PNG, JPEG and WebP byte for byte, and EXIF learns the size") {
    const test::TemporaryFolder folder;
    for (const FileFormat format : {FileFormat::Png, FileFormat::Jpeg, FileFormat::Webp})
      for (const int channels : {1, 3}) {
        if (format == FileFormat::Webp && channels == 1) continue;
        const Image image = with_metadata(test::smooth_image(301, 20, channels));
        CHECK(write_image(folder / "x", image, format).empty());
        const Image back = read_image(folder / "x");
        CHECK(back.warnings.empty());
        CHECK(back.metadata.icc == image.metadata.icc);
        CHECK(back.metadata.xmp == image.metadata.xmp);
        test::Bytes expected = image.metadata.exif;
        image::set_exif_size(expected, 301, 20);
        CHECK(expected != image.metadata.exif);
        CHECK(back.metadata.exif == expected);
        if (format != FileFormat::Jpeg) CHECK(test::same_pixels(image, back));
      }
  }
  TEST_CASE("of several orientations in XMP the first counts, and all become upright") {
    test::Bytes xmp = test::bytes_of("<x tiff:Orientation=\"6\"/><tiff:Orientation>3</y>");
    CHECK(image::make_xmp_upright(xmp) == 6);
    CHECK(xmp == test::bytes_of("<x tiff:Orientation=\"1\"/><tiff:Orientation>1</y>"));
  }
  TEST_CASE("XMP learns the size, in attributes and elements") {
    const std::string packet =
        "<rdf:Description tiff:ImageWidth=\"60\" tiff:ImageLength='7' exif:PixelXDimension=\"\"/>"
        "<exif:PixelXDimension>60</exif:PixelXDimension><exif:PixelYDimension>40"
        "</exif:PixelYDimension><tiff:ImageWidth>wide</tiff:ImageWidth>tiff:ImageLength=\"1";
    test::Bytes xmp = test::bytes_of(packet);
    image::set_xmp_size(xmp, 1200, 8);
    CHECK(
        xmp ==
        test::bytes_of(
            "<rdf:Description tiff:ImageWidth=\"1200\" tiff:ImageLength='8' "
            "exif:PixelXDimension=\"\"/>"
            "<exif:PixelXDimension>1200</exif:PixelXDimension><exif:PixelYDimension>8"
            "</exif:PixelYDimension><tiff:ImageWidth>wide</tiff:ImageWidth>tiff:ImageLength=\"1"));
    const test::TemporaryFolder folder;
    Image image = test::smooth_image(30, 20, 3);
    const auto wide = [](const std::string& width) {
      const test::Bytes plain = test::xmp_packet("1");
      std::string text(reinterpret_cast<const char*>(plain.data()), plain.size());
      text.insert(text.find(" tiff:Orientation"), " tiff:ImageWidth=\"" + width + "\"");
      return test::bytes_of(text);
    };
    image.metadata.xmp = wide("5");
    write_image(folder / "x", image, FileFormat::Png);
    CHECK(read_image(folder / "x").metadata.xmp == wide("30"));
  }
  TEST_CASE("a stripped WebP says nothing, whatever its encoder would write") {
    const test::TemporaryFolder folder;
    for (const bool alpha : {false, true}) {
      Image image = with_metadata(test::random_image(30, 20, 3, SampleType::U8, alpha));
      image.metadata.pixels_per_mm_x = image.metadata.pixels_per_mm_y = 11.8;
      write_image(folder / "x", image, FileFormat::Webp,
                  {.strip_icc = true, .strip_exif = true, .strip_xmp = true});
      const test::Bytes file = test::read_bytes(folder / "x");
      const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
      for (const char* chunk : {"EXIF", "ICCP", "XMP "}) CHECK(text.find(chunk) == text.npos);
      CHECK(read_image(folder / "x").has_alpha() == alpha);
    }
  }
  TEST_CASE(
      "WebP keeps a resolution as EXIF, beside a profile too; PNM says that it has no place for "
      "it") {
    const test::TemporaryFolder folder;
    for (const bool profile : {false, true}) {
      Image image = test::smooth_image(30, 20, 3);
      image.metadata.pixels_per_mm_x = image.metadata.pixels_per_mm_y = 11.8;
      if (profile) image.metadata.icc = test::icc_profile("RGB ", 3000);
      CHECK(write_image(folder / "x", image, FileFormat::Webp).empty());
      const ImageMetadata back = read_image(folder / "x").metadata;
      CHECK_FALSE(back.exif.empty());
      CHECK(back.icc == image.metadata.icc);
      const auto warnings = write_image(folder / "x", image, FileFormat::Pnm);
      REQUIRE(warnings.size() == 1);
      CHECK(warnings[0].find("the resolution: not written") != std::string::npos);
    }
  }
  TEST_CASE("grey in a format without grey keeps a profile of colours and no other") {
    const test::TemporaryFolder folder;
    for (const bool fits : {false, true}) {
      Image image = test::smooth_image(30, 20, 1);
      image.metadata.icc = test::icc_profile(fits ? "RGB " : "GRAY", 3000);
      const auto warnings = write_image(folder / "x", image, FileFormat::Webp);
      CHECK(warnings.size() == (fits ? 1 : 2));
      CHECK(read_image(folder / "x").metadata.icc.empty() != fits);
    }
  }
  TEST_CASE("XMP may hold what looks like tags in quotes, comments and character data") {
    const test::TemporaryFolder folder;
    for (const char* part :
         {"<rdf:li dc:source=\"a -> b\"/>", "<rdf:li dc:source='1 > 0'>x</rdf:li>",
          "<!-- was <dc:title> -->", "<![CDATA[ <a> <b> ]]>", "<?note <a> ?>"}) {
      Image image = test::smooth_image(20, 20, 3);
      std::string packet = "<x:xmpmeta><rdf:RDF>" + std::string(part) + "</rdf:RDF></x:xmpmeta>";
      image.metadata.xmp = test::bytes_of(packet);
      write_image(folder / "x.png", image, FileFormat::Png);
      const Image back = read_image(folder / "x.png");
      CAPTURE(part);
      CHECK(back.warnings.empty());
      CHECK(back.metadata.xmp == image.metadata.xmp);
    }
  }
  TEST_CASE("a profile longer than a JPEG segment is cut and joined again") {
    const test::TemporaryFolder folder;
    Image image = test::smooth_image(16, 16, 3);
    image.metadata.icc = test::icc_profile("RGB ", 200'001);
    for (const FileFormat format :
         {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff, FileFormat::Webp}) {
      write_image(folder / "x", image, format);
      CHECK(read_image(folder / "x").metadata.icc == image.metadata.icc);
    }
  }
  TEST_CASE("TIFF carries ICC and XMP; what has no place costs one warning") {
    const test::TemporaryFolder folder;
    const Image image = with_metadata(test::smooth_image(16, 16, 3));
    CHECK(write_image(folder / "x.tif", image, FileFormat::Tiff).empty());
    const Image back = read_image(folder / "x.tif");
    CHECK(back.metadata.icc == image.metadata.icc);
    CHECK(back.metadata.xmp == image.metadata.xmp);
    CHECK(write_image(folder / "x.ppm", image, FileFormat::Pnm).size() == 1);
    WriteOptions options;
    options.strip_icc = options.strip_exif = options.strip_xmp = true;
    CHECK(write_image(folder / "x.ppm", image, FileFormat::Pnm, options).empty());
    write_image(folder / "x.png", image, FileFormat::Png, options);
    CHECK(read_image(folder / "x.png").metadata.exif.empty());
    CHECK(read_image(folder / "x.png").metadata.icc.empty());
  }
  TEST_CASE("TIFF carries EXIF in the file's byte order, whatever the block's, in streams too") {
    const test::TemporaryFolder folder;
    for (const bool little : {true, false}) {
      // Other sides than those that the block states, 7 and 9.
      Image image = test::random_image(17, 11, 3, SampleType::U16, false);
      image.metadata.exif = test::exif_block(1, true, little);
      CHECK(write_image(folder / "x.tif", image, FileFormat::Tiff).empty());
      const test::Bytes file = test::read_bytes(folder / "x.tif");
      CHECK(test::same_pixels(image, read_image(folder / "x.tif")));
      // Sub-directory Exif: a maker note of 20 bytes and the picture's size.
      const std::size_t exif = tiff_value(file, tiff_number(file, 4, 4), 34665);
      REQUIRE(exif > 0);
      CHECK(tiff_value(file, exif, 0xA002) == 17);
      CHECK(tiff_value(file, exif, 0xA003) == 11);
      const std::size_t note = tiff_value(file, exif, 0x927C);
      REQUIRE(note + 20 <= file.size());
      for (std::size_t i = 0; i < 20; ++i)
        CHECK(std::to_integer<std::size_t>(file[note + i]) == 200 + i);
      // No thumbnail directory follows.
      const std::size_t first = tiff_number(file, 4, 4);
      CHECK(tiff_number(file, first + 2 + 12 * tiff_number(file, first, 2), 4) == 0);
      const int stream = ::open((folder / "stream").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      write_image_to_descriptor(stream, "a stream", image, FileFormat::Tiff);
      ::close(stream);
      CHECK(test::read_bytes(folder / "stream") == file);
    }
  }
  TEST_CASE("colour chunks of a PNG go to PNG unread") {
    const test::TemporaryFolder folder;
    test::Bytes gamma;
    test::append_big(gamma, 55555, 4);
    const test::Bytes chunk = test::png_chunk("gAMA", gamma);
    test::write_bytes(
        folder / "a.png",
        test::png_file(1, 1, 8, 0, test::bytes_of(std::string_view("\0\x42", 2)), chunk));
    const Image image = read_image(folder / "a.png");
    CHECK(image.metadata.png_colour == chunk);
    CHECK(std::to_integer<int>(*image.colour()) == 0x42);
    write_image(folder / "b.png", image, FileFormat::Png);
    CHECK(read_image(folder / "b.png").metadata.png_colour == chunk);
    write_image(folder / "b.jpg", image, FileFormat::Jpeg);
    CHECK(read_image(folder / "b.jpg").metadata.png_colour.empty());
  }
}

TEST_SUITE("image/exif") {
  TEST_CASE("the thumbnail is gone, all other bytes stay") {
    for (const bool little : {true, false}) {
      test::Bytes block = test::exif_block(6, true, little);
      const test::Bytes before = block;
      const image::ExifReport report = image::make_exif_upright(block);
      CHECK(report.orientation == 6);
      CHECK(report.damage.empty());
      const std::string_view text(reinterpret_cast<const char*>(block.data()), block.size());
      CHECK(text.find("THUMBNAIL") == text.npos);
      CHECK(std::equal(block.begin() + 38, block.begin() + 100, before.begin() + 38));
      CHECK(image::make_exif_upright(block).orientation == 1);
    }
  }
  TEST_CASE("a thumbnail right behind directory 0 is gone, too") {
    test::Bytes block = test::bytes_of(std::string_view("II*\0\x08\0\0\0\0\0", 10));
    test::append_little(block, 30, 4);  // directory 0 at 8 has no entries; directory 1 is at 30
    test::append(block, test::bytes_of("THUMBNAIL-BYTES!"));  // at 14
    test::append_little(block, 2, 2);
    for (const auto& [tag, value] : {std::pair{0x0201, 14}, std::pair{0x0202, 16}}) {
      test::append_little(block, static_cast<std::uint64_t>(tag), 2);
      test::append_little(block, 0x10004, 6);  // one LONG
      test::append_little(block, static_cast<std::uint64_t>(value), 4);
    }
    CHECK(image::make_exif_upright(block).damage.empty());
    const std::string_view text(reinterpret_cast<const char*>(block.data()), block.size());
    CHECK(text.find("THUMBNAIL") == text.npos);
  }
  TEST_CASE("orientations that do not exist are none, and become upright") {
    for (const int orientation : {0, 9, 255, 65535}) {
      test::Bytes block = test::exif_block(orientation, false);
      CHECK(image::make_exif_upright(block).orientation == 0);
      CHECK(image::make_exif_upright(block).orientation == 1);
    }
  }
  TEST_CASE("every cut and every changed byte ends in a report, never in a crash") {
    const test::Bytes sound = test::exif_block(3, true);
    for (std::size_t size = 0; size < sound.size(); ++size) {
      test::Bytes block(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(size));
      const image::ExifReport report = image::make_exif_upright(block);
      CHECK((!report.damage.empty() || size >= 100));
      image::set_exif_size(block, 70000, 70000);
    }
    for (std::size_t at = 0; at < sound.size(); ++at)
      for (const int value : {0, 1, 0x7F, 0x80, 0xFF}) {
        test::Bytes block = sound;
        block[at] = static_cast<std::byte>(value);
        const image::ExifReport report = image::make_exif_upright(block);
        CHECK((report.orientation >= 0 && report.orientation <= 8));
        image::set_exif_size(block, 1, 1);
        CHECK(block.size() == sound.size());
      }
  }
}

TEST_SUITE("image/icc") {
  TEST_CASE("a profile is carried when header, tags and colour space fit") {
    CHECK(image::icc_damage(test::icc_profile("RGB ", 10), 3).empty());
    CHECK(image::icc_damage(test::icc_profile("GRAY", 10), 1).empty());
    CHECK_FALSE(image::icc_damage(test::icc_profile("GRAY", 10), 3).empty());
    CHECK_FALSE(image::icc_damage(test::icc_profile("CMYK", 10), 3).empty());
    test::Bytes cut = test::icc_profile("RGB ", 10);
    cut.pop_back();
    CHECK_FALSE(image::icc_damage(cut, 3).empty());
    CHECK_FALSE(image::icc_damage({}, 3).empty());
  }
  TEST_CASE("a damaged profile costs a warning, not the picture") {
    const test::TemporaryFolder folder;
    const test::Bytes row = test::bytes_of(std::string_view("\0\x11\x22\x33", 4));
    const test::Bytes broken[] = {
        test::png_chunk("iCCP", test::bytes_of("garbage")),
        test::png_chunk("iCCP", test::bytes_of(std::string_view("icc\0\0\x78\x01\x01\xFF", 9)))};
    for (const test::Bytes& chunk : broken) {
      test::write_bytes(folder / "x.png", test::png_file(1, 1, 8, 2, row, chunk));
      const Image image = read_image(folder / "x.png");
      CHECK(std::to_integer<int>(image.colour()[2]) == 0x33);
      CHECK(image.metadata.icc.empty());
      REQUIRE(image.warnings.size() == 1);
      CHECK(test::is_message(image.warnings[0]));
    }
  }
}

}  // namespace tessera
