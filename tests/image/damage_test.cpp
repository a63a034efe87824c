// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "image/containers.h"

namespace tessera {
namespace {

const std::vector<FileFormat> kFormats = {FileFormat::Png,  FileFormat::Jpeg, FileFormat::Tiff,
                                          FileFormat::Webp, FileFormat::Pnm,  FileFormat::Pfm};

/// Grey and colour, 8 and 16 bits, as far as the format goes.
std::vector<Image> pictures_for(FileFormat format) {
  std::vector<Image> pictures;
  const SampleType type = format == FileFormat::Pfm ? SampleType::F32 : SampleType::U8;
  pictures.push_back(test::random_image(23, 17, 3, type, false));
  if (format != FileFormat::Webp) pictures.push_back(test::random_image(13, 29, 1, type, false));
  if (format == FileFormat::Png || format == FileFormat::Tiff)
    pictures.push_back(test::random_image(11, 9, 3, SampleType::U16, true));
  return pictures;
}

/// The most memory that this process has held so far.
std::int64_t most_memory_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// Refused with a message, or read as `whole`.  Result  whether it was refused.
bool is_refused(const Image& whole, std::span<const std::byte> bytes, std::size_t where) {
  bool same = true;
  const auto failure =
      test::failure_of([&] { same = test::same_pixels(whole, test::read_as_file(bytes)); });
  if (!same || (failure && !test::is_message(failure->text))) {
    CAPTURE(where);
    CHECK(same);
    CHECK((!failure || test::is_message(failure->text)));
  }
  return failure.has_value();
}

}  // namespace

TEST_SUITE("image/damage") {
  TEST_CASE("a file cut anywhere is refused, or is still the whole picture") {
    const test::TemporaryFolder folder;
    for (const FileFormat format : kFormats)
      for (Image& picture : pictures_for(format)) {
        picture.metadata.exif = test::exif_block(1, true);
        write_image(folder / "whole", picture, format);
        const Image whole = read_image(folder / "whole");
        const test::Bytes bytes = test::read_bytes(folder / "whole");
        CAPTURE(suffix_of(format));
        int refused = 0;
        for (std::size_t size = 0; size < bytes.size(); ++size)
          refused += is_refused(whole, std::span(bytes).first(size), size) ? 1 : 0;
        // A few bytes at the end hold no pixels in some formats.
        CHECK(refused + 4 >= static_cast<int>(bytes.size()));
      }
  }
  TEST_CASE("a PNG with one changed byte is refused, or is still the same picture") {
    const test::TemporaryFolder folder;
    Image picture = test::random_image(19, 7, 3, SampleType::U8, false);
    picture.metadata.exif = test::exif_block(1, false);
    picture.metadata.icc = test::icc_profile("RGB ", 40);
    write_image(folder / "whole", picture, FileFormat::Png);
    const test::Bytes bytes = test::read_bytes(folder / "whole");
    for (std::size_t at = 0; at < bytes.size(); ++at)
      for (const int flip : {0x01, 0x80}) {
        test::Bytes changed = bytes;
        changed[at] ^= static_cast<std::byte>(flip);
        is_refused(picture, changed, at);
      }
  }
  TEST_CASE("any file with one changed byte is read or refused, never a crash") {
    const test::TemporaryFolder folder;
    for (const FileFormat format : kFormats) {
      write_image(folder / "whole", pictures_for(format)[0], format);
      const test::Bytes bytes = test::read_bytes(folder / "whole");
      for (std::size_t at = 0; at < bytes.size(); ++at) {
        test::Bytes changed = bytes;
        changed[at] ^= static_cast<std::byte>(base::random_bits(3, at) | 1);
        ReadOptions options;
        options.max_pixels = 10'000'000;
        const auto failure = test::failure_of([&] { test::read_as_file(changed, options); });
        if (failure && !test::is_message(failure->text)) CHECK(test::is_message(failure->text));
      }
    }
  }
  TEST_CASE("a header that promises more than its file holds is refused at once") {
    const test::TemporaryFolder folder;
    test::Bytes jpeg, png = test::png_file(40000, 40000, 8, 2, test::Bytes(100), {});
    write_image(folder / "small.jpg", test::smooth_image(16, 16, 3), FileFormat::Jpeg);
    jpeg = test::read_bytes(folder / "small.jpg");
    for (std::size_t i = 0; i + 9 < jpeg.size(); ++i)
      if (jpeg[i] == std::byte{0xFF} && jpeg[i + 1] == std::byte{0xC0})
        for (const std::size_t at : {5U, 7U}) jpeg[i + at] = std::byte{0x9C};  // 39952
    const std::pair<const char*, test::Bytes> bombs[] = {
        {"P5", test::bytes_of("P5\n40000 40000\n255\nxxxx")},
        {"P2", test::bytes_of("P2 40000 40000 65535 1 2 3")},
        {"P1", test::bytes_of("P1 40000 40000 1 0")},
        {"Pf", test::bytes_of("Pf\n40000 40000\n-1.0\nxxxx")},
        {"png", png},
        {"jpg", jpeg},
        {"tif", test::tiff_file(40000, 40000, 3, 8, test::Bytes(100))}};
    const std::int64_t before = most_memory_kib();
    for (const auto& [name, bytes] : bombs) {
      CAPTURE(name);
      test::write_bytes(folder / "bomb", bytes);
      const auto failure = test::reading_failure(folder / "bomb");
      REQUIRE(failure);
      CHECK(failure->code == ErrorCode::BadImage);
      // A progressive JPEG would take its memory before the first error.
      if (name == std::string("png") || name == std::string("jpg"))
        CHECK(failure->says("cannot hold"));
    }
    // The smallest of them would take 1.5 GiB.
    CHECK(most_memory_kib() - before < 512 << 10);
  }
  TEST_CASE("more pixels than allowed are refused with both numbers") {
    const test::TemporaryFolder folder;
    write_image(folder / "x.png", test::smooth_image(100, 50, 1), FileFormat::Png);
    ReadOptions options;
    options.max_pixels = 4999;
    const auto failure = test::failure_of([&] { read_image(folder / "x.png", options); });
    REQUIRE(failure);
    CHECK(failure->code == ErrorCode::Refused);
    CHECK(failure->says("100x50"));
    CHECK(failure->says("4999"));
  }
  TEST_CASE("what is no picture is told what it is") {
    const test::TemporaryFolder folder;
    const std::pair<std::string_view, const char*> cases[] = {
        {"", "is empty"},
        {"%PDF-1.7\n", "a PDF document"},
        {"hello\nworld\n", "found text"},
        {std::string_view("\0\1\2\3\4", 5), "bytes 00 01 02 03"},
        {"<svg xmlns='x'/>", "an SVG drawing"},
        {std::string_view("\x1F\x8B\x08\0", 4), "gzip"},
        {std::string_view("\0\0\0\x1C"
                          "ftypavif",
                          12),
         "an AVIF picture"}};
    for (const auto& [content, found] : cases) {
      test::write_bytes(folder / "x.png", test::bytes_of(content));
      const auto failure = test::reading_failure(folder / "x.png");
      REQUIRE(failure);
      CHECK(failure->code == ErrorCode::BadImage);
      CHECK(failure->says(found));
      CHECK(failure->says("x.png: "));
    }
    CHECK(test::reading_failure(folder.path())->says("is a folder"));
    CHECK(test::reading_failure(folder / "absent.png")->code == ErrorCode::NotFound);
  }
  TEST_CASE("JPEGs that cannot be decoded are refused with the reason") {
    const test::TemporaryFolder folder;
    write_image(folder / "x.jpg", test::smooth_image(16, 16, 3), FileFormat::Jpeg);
    const test::Bytes sound = test::read_bytes(folder / "x.jpg");
    std::size_t frame = 0;
    while (sound[frame] != std::byte{0xFF} || sound[frame + 1] != std::byte{0xC0}) ++frame;
    const auto refusal = [&](std::size_t at, int value) {
      test::Bytes changed = sound;
      changed[frame + at] = static_cast<std::byte>(value);
      test::write_bytes(folder / "x.jpg", changed);
      return test::reading_failure(folder / "x.jpg")
          .value_or(test::Failure{ErrorCode::Refused, "none"});
    };
    CHECK(refusal(1, 0xC9).says("arithmetic"));
    CHECK(refusal(1, 0xC3).says("lossless"));
    CHECK(refusal(4, 12).says("12 bits"));
    CHECK(refusal(9, 4).says("CMYK"));
    CHECK(refusal(9, 2).says("2 components"));
  }
}

}  // namespace tessera
