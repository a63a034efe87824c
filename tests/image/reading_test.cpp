// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/threads/thread_pool.h"
#include "image/containers.h"

namespace tessera {
namespace {

using test::raw, test::read_from;

template <typename T>
std::vector<int> colours(const Image& image) {
  const T* first = image.colour_row<T>(0);
  return {first,
          first + static_cast<std::ptrdiff_t>(image.width()) * image.height() * image.channels()};
}
template <typename T>
std::vector<int> alphas(const Image& image) {
  const T* first = image.alpha_row<T>(0);
  return {first, first + static_cast<std::ptrdiff_t>(image.width()) * image.height()};
}

}  // namespace

TEST_SUITE("image/png") {
  TEST_CASE("grey of 1, 2 and 4 bits spreads over 0 to 255") {
    const test::TemporaryFolder folder;
    CHECK(colours<std::uint8_t>(read_from(
              folder, test::png_file(2, 1, 1, 0, raw({0, 0x40}), {}))) == std::vector{0, 255});
    CHECK(
        colours<std::uint8_t>(read_from(folder, test::png_file(4, 1, 2, 0, raw({0, 0x1B}), {}))) ==
        std::vector{0, 85, 170, 255});
    CHECK(colours<std::uint8_t>(read_from(
              folder, test::png_file(2, 1, 4, 0, raw({0, 0x1F}), {}))) == std::vector{17, 255});
  }
  TEST_CASE("a palette becomes RGB, its transparency alpha") {
    const test::TemporaryFolder folder;
    test::Bytes chunks = test::png_chunk("PLTE", raw({1, 2, 3, 4, 5, 6}));
    const Image opaque = read_from(folder, test::png_file(2, 1, 1, 3, raw({0, 0x40}), chunks));
    CHECK(colours<std::uint8_t>(opaque) == std::vector{1, 2, 3, 4, 5, 6});
    CHECK_FALSE(opaque.has_alpha());
    test::append(chunks, test::png_chunk("tRNS", raw({9})));
    const Image clear = read_from(folder, test::png_file(2, 1, 1, 3, raw({0, 0x40}), chunks));
    CHECK(colours<std::uint8_t>(clear) == std::vector{1, 2, 3, 4, 5, 6});
    CHECK(alphas<std::uint8_t>(clear) == std::vector{9, 255});
  }
  TEST_CASE("a colour key becomes alpha at every depth") {
    const test::TemporaryFolder folder;
    const Image grey4 = read_from(
        folder, test::png_file(2, 1, 4, 0, raw({0, 0x1F}), test::png_chunk("tRNS", raw({0, 1}))));
    CHECK(alphas<std::uint8_t>(grey4) == std::vector{0, 255});
    const Image grey16 =
        read_from(folder, test::png_file(2, 1, 16, 0, raw({0, 0x12, 0x34, 0x12, 0x35}),
                                         test::png_chunk("tRNS", raw({0x12, 0x34}))));
    CHECK(colours<std::uint16_t>(grey16) == std::vector{0x1234, 0x1235});
    CHECK(alphas<std::uint16_t>(grey16) == std::vector{0, 65535});
    const Image rgb =
        read_from(folder, test::png_file(2, 1, 8, 2, raw({0, 1, 2, 3, 1, 2, 4}),
                                         test::png_chunk("tRNS", raw({0, 1, 0, 2, 0, 3}))));
    CHECK(rgb.channels() == 3);
    CHECK(alphas<std::uint8_t>(rgb) == std::vector{0, 255});
  }
  TEST_CASE("EXIF and XMP are found in text chunks too") {
    const test::TemporaryFolder folder;
    const test::Bytes packet = test::xmp_packet("1");
    test::Bytes text = test::bytes_of(std::string_view("XML:com.adobe.xmp\0\0\0\0\0", 22)), hex;
    test::append(text, packet);
    const test::Bytes exif = test::exif_block(1, false);
    std::string digits = "Raw profile type exif",
                line = "\nexif\n" + std::to_string(exif.size()) + "\n";
    for (std::size_t i = 0; i < exif.size(); ++i) {
      line += "0123456789abcdef"[std::to_integer<int>(exif[i]) >> 4];
      line += "0123456789abcdef"[std::to_integer<int>(exif[i]) & 15];
      if (i % 36 == 35) line += '\n';
    }
    digits += '\0' + line;
    test::Bytes chunks = test::png_chunk("iTXt", text);
    test::append(chunks, test::png_chunk("tEXt", test::bytes_of(digits)));
    const Image image = read_from(folder, test::png_file(1, 1, 8, 0, raw({0, 7}), chunks));
    CHECK(image.metadata.xmp == packet);
    CHECK(image.metadata.exif == exif);
  }
}

TEST_SUITE("image/tiff") {
  TEST_CASE("samples that have no exact place here are refused, not squeezed") {
    const test::TemporaryFolder folder;
    const std::tuple<const char*, test::Bytes> cases[] = {
        {"12 bits", test::tiff_file(2, 1, 1, 12, raw({0x12, 0x34, 0x56}))},
        {"CMYK", test::tiff_file(1, 1, 4, 8, raw({1, 2, 3, 4}), {{262, 5}})},
        {"CIELab", test::tiff_file(1, 1, 3, 8, raw({1, 2, 3}), {{262, 8}})},
        {"signed 8", test::tiff_file(1, 1, 1, 8, raw({200}), {{339, 2}})},
        {"32-bit integers", test::tiff_file(1, 1, 1, 32, raw({1, 2, 3, 4}))},
        {"6 samples", test::tiff_file(1, 1, 6, 8, raw({1, 2, 3, 4, 5, 6}))}};
    for (const auto& [what, bytes] : cases) {
      CAPTURE(what);
      test::write_bytes(folder / "x.tif", bytes);
      const auto failure = test::reading_failure(folder / "x.tif");
      REQUIRE(failure);
      CHECK(failure->code == ErrorCode::BadImage);
      CHECK(test::is_message(failure->text));
    }
  }
  TEST_CASE("samples that cannot be read are named, and not called damage") {
    const test::TemporaryFolder folder;
    const std::pair<test::Bytes, const char*> cases[] = {
        {test::tiff_file(1, 1, 1, 64, test::Bytes(8), {{339, 3}}), "64-bit float"},
        {test::tiff_file(1, 1, 3, 64, test::Bytes(24), {{339, 3}}), "64-bit float"},
        {test::tiff_file(1, 1, 3, 16, test::Bytes(6), {{339, 3}}), "16-bit float"},
        {test::tiff_file(2, 1, 1, 10, test::Bytes(3)), "10-bit integer"},
        {test::tiff_file(2, 1, 3, 12, test::Bytes(9)), "12-bit integer"},
        {test::tiff_file(1, 1, 1, 14, test::Bytes(2)), "14-bit integer"},
        {test::tiff_file(1, 1, 1, 64, test::Bytes(8), {{339, 6}}), "64-bit complex"}};
    for (const auto& [bytes, samples] : cases) {
      CAPTURE(samples);
      test::write_bytes(folder / "x.tif", bytes);
      const auto failure = test::reading_failure(folder / "x.tif");
      REQUIRE(failure);
      CHECK(failure->says(samples));
      CHECK(failure->says("is not supported (convert"));
      CHECK_FALSE(failure->says("damaged"));
      const auto size = test::failure_of([&] { read_image_size(folder / "x.tif"); });
      CHECK((size && size->says(samples)));
    }
  }
  TEST_CASE("a channel more than the colours is alpha, also where no tag says so") {
    const test::TemporaryFolder folder;
    const Image rgb = read_from(folder, test::tiff_file(1, 2, 4, 8, raw({1, 2, 3, 4, 5, 6, 7, 8})));
    CHECK(colours<std::uint8_t>(rgb) == std::vector{1, 2, 3, 5, 6, 7});
    CHECK(alphas<std::uint8_t>(rgb) == std::vector{4, 8});
    CHECK(rgb.warnings.size() == 1);
    const Image deep =
        read_from(folder, test::tiff_file(1, 1, 4, 16, raw({1, 0, 2, 0, 3, 0, 4, 1})));
    CHECK(colours<std::uint16_t>(deep) == std::vector{1, 2, 3});
    CHECK(alphas<std::uint16_t>(deep) == std::vector{0x0104});
    const Image grey = read_from(folder, test::tiff_file(2, 1, 2, 8, raw({1, 2, 3, 4})));
    CHECK(colours<std::uint8_t>(grey) == std::vector{1, 3});
    CHECK(alphas<std::uint8_t>(grey) == std::vector{2, 4});
  }
  TEST_CASE("grey where 0 is white is turned round, 1 bit becomes 8") {
    const test::TemporaryFolder folder;
    CHECK(colours<std::uint8_t>(
              read_from(folder, test::tiff_file(2, 1, 1, 8, raw({0, 200}), {{262, 0}}))) ==
          std::vector{255, 55});
    CHECK(colours<std::uint8_t>(read_from(folder, test::tiff_file(2, 1, 1, 1, raw({0x40})))) ==
          std::vector{0, 255});
  }
  TEST_CASE("tags that nobody knows are no damage") {
    const test::TemporaryFolder folder;
    const Image image = read_from(
        folder, test::tiff_file(2, 1, 1, 16, raw({1, 2, 3, 4}), {{50000, 5}, {65001, 1}}));
    CHECK(colours<std::uint16_t>(image) == std::vector{0x0201, 0x0403});
    CHECK(image.warnings.empty());
  }
}

TEST_SUITE("image/gif") {
  TEST_CASE("of an animation the first frame is read, with a warning") {
    const test::TemporaryFolder folder;
    const test::Bytes frame = raw({0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4C, 0x01, 0});
    test::Bytes file = test::bytes_of("GIF89a");
    test::append(file, raw({1, 0, 1, 0, 0x80, 0, 0, 10, 20, 30, 40, 50, 60}));
    test::append(file, frame);
    test::Bytes second = frame;
    second[12] = std::byte{0x44};
    test::append(file, second);
    test::append(file, raw({0x3B}));
    const Image image = read_from(folder, file);
    CHECK(colours<std::uint8_t>(image) == std::vector{40, 50, 60});
    REQUIRE(image.warnings.size() == 1);
    CHECK(image.warnings[0].find("first of 2") != std::string::npos);
  }
}

TEST_SUITE("image/descriptors") {
  TEST_CASE("a pipe gives the same picture as the file") {
    const test::TemporaryFolder folder;
    for (const FileFormat format :
         {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff, FileFormat::Webp, FileFormat::Pnm}) {
      const Image image = test::random_image(31, 21, 3, SampleType::U8, false);
      write_image(folder / "x", image, format);
      int ends[2];
      REQUIRE(::pipe(ends) == 0);
      CHECK(write_image_to_descriptor(ends[1], "a pipe", image, format).empty());
      ::close(ends[1]);
      const Image back = read_image_from_descriptor(ends[0], "standard input");
      ::close(ends[0]);
      CHECK(test::same_pixels(read_image(folder / "x"), back));
    }
  }
  TEST_CASE("a descriptor in the middle of a file starts there; the name stands in messages") {
    const test::TemporaryFolder folder;
    test::Bytes file = test::bytes_of("head");
    test::append(file, test::bytes_of("P5 2 1 255\nab"));
    test::write_bytes(folder / "x", file);
    const int descriptor = ::open((folder / "x").c_str(), O_RDONLY);
    ::lseek(descriptor, 4, SEEK_SET);
    CHECK(colours<std::uint8_t>(read_image_from_descriptor(descriptor, "stdin")) ==
          std::vector<int>{'a', 'b'});
    ::lseek(descriptor, 2, SEEK_SET);
    const auto failure = test::failure_of([&] { read_image_from_descriptor(descriptor, "stdin"); });
    ::close(descriptor);
    REQUIRE(failure);
    CHECK(failure->says("stdin: not a picture"));
  }
  TEST_CASE("threads read side by side, and every failure keeps its own reason") {
    test::Bytes good = test::png_file(2, 2, 8, 0, raw({0, 1, 2, 0, 3, 4}), {});
    test::Bytes bad_data = good, bad_type = good;
    bad_data[good.size() - 20] ^= std::byte{1};
    bad_type[25] = std::byte{5};  // colour type 5 does not exist
    test::Bytes header(bad_type.begin() + 12, bad_type.begin() + 29);
    for (std::size_t i = 0; i < 4; ++i)
      bad_type[29 + i] = static_cast<std::byte>(image::crc32(header) >> (24 - 8 * i));
    base::ThreadPool pool(4);
    std::vector<std::string> said(120);
    pool.for_each(120, [&](int index, int) {
      const test::Bytes& bytes = index % 3 == 0 ? good : index % 3 == 1 ? bad_data : bad_type;
      const auto failure = test::failure_of([&] { test::read_as_file(bytes); });
      said[static_cast<std::size_t>(index)] = failure ? failure->text : "";
    });
    for (std::size_t i = 0; i < said.size(); i += 3) {
      CHECK(said[i].empty());
      CHECK(said[i + 1] == said[1]);
      CHECK(said[i + 2] == said[2]);
    }
    CHECK(said[1].find("CRC") != std::string::npos);
    CHECK(said[2].find("color type") != std::string::npos);
  }
  TEST_CASE("an endless stream that is no picture is given up at once") {
    const int zeros = ::open("/dev/zero", O_RDONLY);
    const auto failure = test::failure_of([&] { read_image_from_descriptor(zeros, "stdin"); });
    ::close(zeros);
    REQUIRE(failure);
    CHECK(failure->says("bytes 00 00 00 00"));
  }
}

}  // namespace tessera
