// SPDX-License-Identifier: MIT
// Awkward files that are never committed; without them ctest lists these cases as skipped.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "image/convert.h"
#include "image/image_files.h"
#include "support/compare.h"

namespace tessera {
namespace {

const std::filesystem::path kCorpora = std::filesystem::path(TESSERA_SHARED_DIR) / "corpora";

bool present(const char* folder) {
  const bool found = std::filesystem::is_directory(kCorpora / folder);
  if (!found) MESSAGE("SKIPPED: no corpora/", std::string(folder));
  return found;
}

std::vector<std::filesystem::path> files_in(const char* folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kCorpora / folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_SUITE("image/corpora") {
  TEST_CASE("PngSuite: the fourteen damaged files are refused, the other 161 are read") {
    if (!present("pngsuite")) return;
    int good = 0, bad = 0;
    for (const auto& file : files_in("pngsuite")) {
      CAPTURE(file);
      const bool damaged = file.filename().native()[0] == 'x';
      const auto failure = test::reading_failure(file);
      CHECK(failure.has_value() == damaged);
      if (failure) CHECK(test::is_message(failure->text));
      ++(failure ? bad : good);
      if (failure) continue;
      // Name key: two letters after the test's own say interlace and colour type, two digits the
      // depth.
      const std::string stem = file.stem().native();
      const Image image = read_image(file);
      const char colour = stem[4];
      CHECK(image.channels() == (colour == '0' || colour == '4' ? 1 : 3));
      CHECK((image.type() == SampleType::U16) == (stem.ends_with("16")));
      if (colour == '4' || colour == '6') CHECK(image.has_alpha());
    }
    CHECK(good == 161);
    CHECK(bad == 14);
  }
  TEST_CASE("odd: bombs are refused, damage beside the pixels costs a warning") {
    if (!present("odd")) return;
    const std::filesystem::path odd = kCorpora / "odd";
    for (const char* name : {"bad-4552.pgm", "bad-4553.pgm", "bomb-65000.pgm",
                             "bomb-65500x65500.jpg", "bomb-progressive-65500x65500.jpg"})
      CHECK(test::reading_failure(odd / name).has_value());
    for (const char* name :
         {"corrupt-exif-1626.jpg", "corrupt-exif-deep-ifds.jpg", "corrupt-exif-recursive-ifd.jpg",
          "corrupt-exif-utf8-type.jpg", "corrupt-exif.jpg", "corrupt-xmp-deep-nesting.jpg"}) {
      CAPTURE(name);
      // One for each damage.
      CHECK(read_image(odd / name).warnings.size() ==
            (std::string_view(name) == "corrupt-exif-1626.jpg" ? 2 : 1));
    }
    // The entropy-coded pixels of these are damaged too (also with all metadata cut out).
    for (const char* name :
         {"corrupt-icc-4551.jpg", "corrupt-icc-4552.jpg", "corrupt-iptc-8011.jpg"})
      CHECK(test::reading_failure(odd / name).has_value());
    const Image nans = read_image(odd / "with_nans.tif");
    CHECK(nans.type() == SampleType::F32);
    const float* first = nans.colour_row<float>(0);
    CHECK(std::any_of(first, first + 256 * 256 * 3, [](float v) { return std::isnan(v); }));
    const Image weld = read_image(odd / "weld_16bit.png");
    REQUIRE(weld.type() == SampleType::U16);
    const std::uint16_t* samples = weld.colour_row<std::uint16_t>(0);
    CHECK(std::set<std::uint16_t>(samples, samples + 1024 * 684 * 3).size() > 256);
    CHECK(read_image(odd / "bayer.png").type() == SampleType::U16);
    CHECK(read_image(odd / "bayer.png").channels() == 1);
  }
  TEST_CASE("odd: three files hold the same ICC, EXIF and XMP") {
    if (!present("odd")) return;
    const Image jpeg = read_image(kCorpora / "odd/paris_exif_xmp_icc.jpg");
    CHECK(jpeg.metadata.icc.size() == 596);
    CHECK(jpeg.metadata.exif.size() == 1126);
    for (const char* name : {"paris_icc_exif_xmp.png", "paris_icc_exif_xmp_at_end.png"}) {
      const Image png = read_image(kCorpora / "odd" / name);
      CHECK(png.metadata.icc == jpeg.metadata.icc);
      CHECK(png.metadata.exif == jpeg.metadata.exif);
      CHECK(png.metadata.xmp == jpeg.metadata.xmp);
    }
  }
  TEST_CASE("jpeg: arithmetic coding and 12 bits are refused, the rest is read at its depth") {
    if (!present("jpeg")) return;
    for (const auto& file : files_in("jpeg")) {
      CAPTURE(file);
      const std::string name = file.filename();
      const auto failure = test::reading_failure(file);
      CHECK(failure.has_value() == (name == "monkey12.jpg" || name == "testimgari.jpg"));
      if (!failure)
        CHECK((read_image(file).type() == SampleType::U16) == name.starts_with("monkey16"));
    }
  }
  TEST_CASE("orientation: all turns of one picture look the same") {
    if (!present("orientation")) return;
    for (const std::string kind : {"Landscape", "Portrait"}) {
      const Tensor upright =
          image::tensor_from_image(read_image(kCorpora / "orientation" / (kind + "_1.jpg")));
      for (int turn = 0; turn <= 8; ++turn) {
        CAPTURE(turn);
        const Tensor other = image::tensor_from_image(
            read_image(kCorpora / "orientation" / (kind + "_" + std::to_string(turn) + ".jpg")));
        REQUIRE(other.shape() == upright.shape());
        double sum = 0.0;
        for (std::size_t i = 0; i < other.shape().count(); ++i)
          sum += std::abs(other.data()[i] - upright.data()[i]);
        CHECK(sum / static_cast<double>(other.shape().count()) < 0.03);
      }
    }
  }
  TEST_CASE("icc: every profile goes through PNG, JPEG, TIFF and WebP byte for byte") {
    if (!present("icc")) return;
    const test::TemporaryFolder folder;
    for (const auto& file : files_in("icc")) {
      CAPTURE(file);
      const bool grey = file.filename().native().starts_with("sGrey");
      Image image = test::smooth_image(8, 8, grey ? 1 : 3);
      image.metadata.icc = test::read_bytes(file);
      for (const FileFormat format :
           {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff, FileFormat::Webp}) {
        if (grey && format == FileFormat::Webp) continue;
        // One of them is made for print and fits no picture that is read here.
        const bool fits = std::memcmp(image.metadata.icc.data() + 16, "CMYK", 4) != 0;
        CHECK(write_image(folder / "x", image, format).empty() == fits);
        const Image back = read_image(folder / "x");
        CHECK(back.metadata.icc == (fits ? image.metadata.icc : test::Bytes{}));
        CHECK(back.warnings.empty());
      }
    }
  }
}

}  // namespace tessera
