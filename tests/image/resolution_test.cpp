// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "image/containers.h"
#include "image/metadata/tiff_reader.h"

namespace tessera {
namespace {

constexpr int kResolutionUnit = 296, kNoUnit = 1;

/// The unit that the file at `path` states its resolution in.
std::uint64_t unit_of(const std::filesystem::path& path) {
  const image::ByteSource file = image::ByteSource::open_file(path);
  const image::TiffReader reader(file);
  std::uint64_t budget = 1000;
  std::string damage;
  const std::array wanted{kResolutionUnit};
  auto fields = reader.fields_at(reader.first_directory(), wanted, budget, damage);
  return image::single_number(fields[kResolutionUnit]);
}

}  // namespace

TEST_SUITE("image/resolution") {
  TEST_CASE("the shape of a pixel is no resolution") {
    const test::TemporaryFolder folder;
    for (const int unit : {0, 1}) {
      test::Bytes shape;
      test::append_big(shape, 1000, 4);
      test::append_big(shape, 4000, 4);
      test::append_big(shape, static_cast<std::uint64_t>(unit), 1);
      test::write_bytes(folder / "x.png",
                        test::png_file(1, 1, 8, 0, test::bytes_of(std::string_view("\0a", 2)),
                                       test::png_chunk("pHYs", shape)));
      const Image image = read_image(folder / "x.png");
      CHECK(image.metadata.pixels_per_mm_x == doctest::Approx(unit));
      CHECK(image.metadata.pixels_per_mm_y == doctest::Approx(4 * unit));
    }
  }
  TEST_CASE("what states no resolution is written without one, to every format") {
    const test::TemporaryFolder folder;
    for (const bool with_exif : {false, true})
      for (const FileFormat format :
           {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff, FileFormat::Webp}) {
        Image image = test::smooth_image(16, 16, 3);
        if (with_exif) image.metadata.exif = test::exif_block(1, false);
        write_image(folder / "x", image, format);
        CHECK(read_image(folder / "x").metadata.pixels_per_mm_x == 0.0);
        CHECK(read_image(folder / "x").metadata.pixels_per_mm_y == 0.0);
        if (format != FileFormat::Tiff) continue;
        CHECK(unit_of(folder / "x") == kNoUnit);
        const int stream = ::open((folder / "stream").c_str(), O_WRONLY | O_CREAT, 0600);
        write_image_to_descriptor(stream, "a stream", image, format);
        ::close(stream);
        CHECK(test::read_bytes(folder / "stream") == test::read_bytes(folder / "x"));
      }
  }
  TEST_CASE("a TIFF keeps its resolution, be it one that programs make up") {
    const test::TemporaryFolder folder;
    for (const double stated : {1.0, 300 / 25.4, 0.5}) {
      Image image = test::smooth_image(16, 16, 3);
      image.metadata.pixels_per_mm_x = image.metadata.pixels_per_mm_y = stated;
      write_image(folder / "x.tif", image, FileFormat::Tiff);
      CHECK(read_image(folder / "x.tif").metadata.pixels_per_mm_x == doctest::Approx(stated));
      CHECK(read_image(folder / "x.tif").metadata.pixels_per_mm_y == doctest::Approx(stated));
    }
  }
  TEST_CASE("a TIFF without tags of resolution states none") {
    const test::TemporaryFolder folder;
    test::write_bytes(folder / "x.tif", test::tiff_file(3, 2, 1, 8, test::bytes_of("abcdef")));
    const Image image = read_image(folder / "x.tif");
    CHECK(image.metadata.pixels_per_mm_x == 0.0);
    write_image(folder / "y.tif", image, FileFormat::Tiff);
    CHECK(unit_of(folder / "y.tif") == kNoUnit);
  }
}

}  // namespace tessera
