// SPDX-License-Identifier: MIT
#include "image/raw/raw_file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "image/image_files.h"
#include "image/metadata/exif.h"
#include "support/dng.h"
#include "support/error_code.h"

namespace tessera {
namespace {

using test::Dng;

std::vector<std::uint16_t> samples_for(const Dng& facts) {
  std::vector<std::uint16_t> samples(static_cast<std::size_t>(facts.width) * facts.height *
                                     (facts.linear ? 3 : 1));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::uint16_t>(base::random_bits(3, i) %
                                            static_cast<std::uint64_t>(facts.white + 1));
  return samples;
}

image::ByteSource source_of(const Dng& facts) {
  return image::ByteSource::from_memory(test::dng_file(facts, samples_for(facts)), "photo.dng");
}

image::RawPhoto photo_of(const Dng& facts) { return image::read_raw(source_of(facts), {}); }

std::string refusal_of(const image::ByteSource& source) {
  try {
    image::read_raw(source, {});
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::BadImage);
    return error.what();
  }
  FAIL("no error");
  return {};
}

/// Samples inside the active area that differ from those that were written.
int differing(const Dng& facts, const image::RawPhoto& photo) {
  const std::vector<std::uint16_t> samples = samples_for(facts);
  int count = 0;
  for (int y = 0; y < photo.mosaic.height(); ++y)
    for (int x = 0; x < photo.mosaic.width(); ++x)
      count += photo.mosaic.colour_row<std::uint16_t>(y)[x] !=
               samples[static_cast<std::size_t>((facts.active[0] + y) * facts.width +
                                                facts.active[1] + x)];
  return count;
}

}  // namespace

TEST_SUITE("image/raw_file") {
  TEST_CASE("every phase, depth and packing gives back the samples that were written") {
    for (const std::vector<int>& filter :
         {std::vector{0, 1, 1, 2}, {2, 1, 1, 0}, {1, 0, 2, 1}, {1, 2, 0, 1}})
      for (const int bits : {10, 12, 14, 16})
        for (const bool packed : {false, true}) {
          const Dng facts{.width = 37,
                          .height = 26,
                          .filter = filter,
                          .bits = bits,
                          .packed = packed,
                          .white = (1 << bits) - 1};
          const image::RawPhoto photo = photo_of(facts);
          CHECK(photo.mosaic.width() == 37);
          CHECK(photo.mosaic.height() == 26);
          CHECK(differing(facts, photo) == 0);
          CHECK(std::equal(filter.begin(), filter.end(), photo.filter.begin()));
          CHECK(photo.white == static_cast<float>(facts.white));
          CHECK(photo.warnings.empty());
        }
  }

  TEST_CASE("an active area starts anywhere: filter and black are counted from its corner") {
    for (const int top : {0, 1, 2, 3})
      for (const int left : {0, 1, 4, 5}) {
        const Dng facts{.width = 50,
                        .height = 44,
                        .active = {top, left, 37, 41},
                        .filter = {1, 0, 2, 1},
                        .bits = 14,
                        .black = {500, 501, 502, 503},
                        .white = 16000};
        const image::RawPhoto photo = photo_of(facts);
        CHECK(photo.mosaic.height() == 37 - top);
        CHECK(photo.mosaic.width() == 41 - left);
        CHECK(differing(facts, photo) == 0);
        CHECK(photo.filter == std::array{1, 0, 2, 1});
        CHECK(photo.black.at(0, 0) == 500.0F);
        CHECK(photo.black.at(2, 3) == 501.0F);
        CHECK(photo.black.at(5, 0) == 502.0F);
        CHECK(photo.black.at(1, 1) == 503.0F);
      }
  }

  TEST_CASE("the noise of each colour plane is read in the order of the planes") {
    const image::RawPhoto photo =
        photo_of({.width = 40, .height = 30, .noise = {1e-4, 2e-6, 3e-4, 4e-6, 5e-4, 6e-6}});
    REQUIRE(photo.noise.size() == 3);
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(photo.noise[k].scale == std::array{1e-4, 3e-4, 5e-4}[k]);
      CHECK(photo.noise[k].offset == std::array{2e-6, 4e-6, 6e-6}[k]);
    }
  }

  TEST_CASE("white balance, matrix, orientation, noise and EXIF are those of the file") {
    const Dng facts{.width = 40,
                    .height = 30,
                    .black = {64},
                    .neutral = {0.5, 1.0, 0.8},
                    .orientation = 6,
                    .noise = {1e-4, 2e-6}};
    const image::RawPhoto photo = photo_of(facts);
    CHECK(photo.as_shot[0] == doctest::Approx(2.0));
    CHECK(photo.as_shot[1] == doctest::Approx(1.0));
    CHECK(photo.as_shot[2] == doctest::Approx(1.0));
    CHECK(photo.as_shot[3] == doctest::Approx(1.25));
    // The file's camera sees linear sRGB. Its matrix has seven digits, LibRaw counts in float.
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        CHECK(std::abs(photo.srgb_from_camera[i][j] - (i == j ? 1.0 : 0.0)) < 1e-5);
    CHECK(photo.black.at(0, 0) == 64.0F);
    CHECK(photo.orientation == 6);
    REQUIRE(photo.noise.size() == 1);
    CHECK(photo.noise[0].scale == 1e-4);
    CHECK(photo.noise[0].offset == 2e-6);
    std::vector<std::byte> exif = photo.metadata.exif;
    const image::ExifReport report = image::make_exif_upright(exif);
    CHECK(report.readable);
    CHECK(report.damage.empty());
    CHECK(report.orientation == 1);
    const std::string text(reinterpret_cast<const char*>(exif.data()), exif.size());
    CHECK(text.find("Synthetic") != text.npos);
    CHECK(text.find("2026:11:25 10:20:30") != text.npos);
    const ImageSize size = image::raw_size(source_of(facts), {});
    ImageSize told;
    image::read_raw(source_of(facts), {}, [&told](const ImageSize& before) { told = before; });
    CHECK(told.width == size.width);
    CHECK(told.height == size.height);
    CHECK(size.width == 30);
    CHECK(size.height == 40);
  }

  TEST_CASE("what is no Bayer mosaic is refused by its name") {
    Dng xtrans{.width = 40, .height = 30};
    xtrans.filter.assign(36, 1);
    for (std::size_t i = 0; i < 36; i += 5) xtrans.filter[i] = i % 2 == 0 ? 0 : 2;
    CHECK(refusal_of(source_of(xtrans)).find("X-Trans") != std::string::npos);
    const Dng linear{.width = 40, .height = 30, .linear = true};
    CHECK(refusal_of(source_of(linear)).find("demosaicked already") != std::string::npos);
    test::Bytes foveon(200);
    std::copy_n(reinterpret_cast<const std::byte*>("FOVb"), 4, foveon.begin());
    CHECK(refusal_of(image::ByteSource::from_memory(foveon, "x")).find("Foveon") !=
          std::string::npos);
    test::Bytes fuji = test::bytes_of("FUJIFILMCCD-RAW and nothing else");
    fuji.resize(300);
    CHECK(refusal_of(image::ByteSource::from_memory(fuji, "x")).find("LibRaw") !=
          std::string::npos);
  }

  TEST_CASE("a file that is cut anywhere is refused") {
    const Dng facts{.width = 40, .height = 30, .bits = 12, .packed = true, .white = 4095};
    const test::Bytes file = test::dng_file(facts, samples_for(facts));
    for (std::size_t bytes = 0; bytes < file.size(); bytes += bytes + 97 < file.size() ? 97 : 1) {
      const auto source = image::ByteSource::from_memory(
          {file.begin(), file.begin() + static_cast<std::ptrdiff_t>(bytes)}, "cut.dng");
      CHECK(test::code_of([&] { image::read_raw(source, {}); }) == ErrorCode::BadImage);
    }
  }

  TEST_CASE("too large a file is refused before its samples are read") {
    const auto source = source_of({.width = 40, .height = 30});
    CHECK(test::code_of([&] { image::read_raw(source, {.max_pixels = 1000}); }) ==
          ErrorCode::Refused);
  }

  TEST_CASE("pictures are not taken for raw, and raw not for its preview") {
    const test::TemporaryFolder folder;
    const auto file = folder / "photo.dng";
    test::write_bytes(file, test::dng_file({.width = 40, .height = 30},
                                           samples_for({.width = 40, .height = 30})));
    CHECK(image::is_camera_raw(image::ByteSource::open_file(file)));
    CHECK(test::code_of([&] { read_image(file); }) == ErrorCode::BadImage);
    CHECK(test::code_of([&] { read_image_size(file); }) == ErrorCode::BadImage);
    for (const FileFormat format : {FileFormat::Tiff, FileFormat::Png, FileFormat::Pnm}) {
      write_image(folder / "picture", test::random_image(9, 7, 1, SampleType::U16, false), format);
      CHECK_FALSE(image::is_camera_raw(image::ByteSource::open_file(folder / "picture")));
    }
  }
}

}  // namespace tessera
