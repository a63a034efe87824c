// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "image/image_files.h"

namespace tessera {
namespace {

struct Holder {
  FileFormat format;
  std::vector<SampleType> types;
  bool alpha;
};
const std::vector<Holder> kLossless = {
    {FileFormat::Png, {SampleType::U8, SampleType::U16}, true},
    {FileFormat::Tiff, {SampleType::U8, SampleType::U16, SampleType::F32}, true},
    {FileFormat::Pnm, {SampleType::U8, SampleType::U16}, false},
    {FileFormat::Pfm, {SampleType::F32}, false},
};

std::filesystem::path file_in(const test::TemporaryFolder& folder, FileFormat format) {
  return folder / ("picture" + suffix_of(format));
}

}  // namespace

TEST_SUITE("image/round_trip") {
  TEST_CASE("what is written losslessly is read back bit for bit, at any size") {
    const test::TemporaryFolder folder;
    const int sizes[][2] = {{1, 1}, {1, 37}, {37, 1}, {2, 3}, {31, 33}, {257, 130}};
    for (const Holder& holder : kLossless)
      for (const SampleType type : holder.types)
        for (const int channels : {1, 3})
          for (const bool alpha : {false, true})
            for (const auto& size : sizes) {
              if (alpha && !holder.alpha) continue;
              const Image image = test::random_image(size[0], size[1], channels, type, alpha);
              const auto file = file_in(folder, holder.format);
              CAPTURE(file);
              CAPTURE(size[0]);
              CAPTURE(channels);
              CAPTURE(alpha);
              CHECK(write_image(file, image, holder.format).empty());
              const Image back = read_image(file);
              CHECK(test::same_pixels(image, back));
              CHECK(back.warnings.empty());
              CHECK(back.metadata.pixels_per_mm_x == 0.0);
              const ImageSize stated = read_image_size(file);
              CHECK(stated.width == size[0]);
              CHECK(stated.height == size[1]);
              CHECK(stated.channels == channels);
              CHECK(stated.type == type);
            }
  }
  TEST_CASE(
      "WebP keeps colour bit for bit, alpha where it is not hidden, and says that it has no grey") {
    const test::TemporaryFolder folder;
    for (const bool alpha : {false, true}) {
      Image image = test::random_image(29, 17, 3, SampleType::U8, alpha);
      for (int y = 0; alpha && y < 17; ++y)
        for (int x = 0; x < 29; ++x) image.alpha_row<std::uint8_t>(y)[x] |= 1;
      CHECK(write_image(folder / "a.webp", image, FileFormat::Webp).empty());
      CHECK(test::same_pixels(image, read_image(folder / "a.webp")));
    }
    // libwebp blackens what alpha 0 hides: told once, and only if there is something to lose.
    Image hidden = test::random_image(29, 17, 3, SampleType::U8, true);
    std::fill_n(hidden.alpha_row<std::uint8_t>(0), 29 * 17, std::uint8_t{255});
    hidden.alpha_row<std::uint8_t>(3)[4] = 0;
    std::uint8_t* colour = hidden.colour_row<std::uint8_t>(3) + 3 * 4;
    std::fill_n(colour, 3, std::uint8_t{7});
    const auto lossy = write_image(folder / "h.webp", hidden, FileFormat::Webp);
    REQUIRE(lossy.size() == 1);
    CHECK(lossy[0].find("under alpha 0") != std::string::npos);
    std::fill_n(colour, 3, std::uint8_t{0});
    CHECK(test::same_pixels(hidden, read_image(folder / "h.webp")));
    CHECK(write_image(folder / "h.webp", hidden, FileFormat::Webp).empty());
    CHECK(write_image(folder / "g.webp", test::smooth_image(5, 4, 1), FileFormat::Webp).size() ==
          1);
    CHECK(read_image(folder / "g.webp").channels() == 3);
  }
  TEST_CASE("JPEG keeps grey grey and stays within a few levels of a smooth picture") {
    const test::TemporaryFolder folder;
    for (const int channels : {1, 3}) {
      const Image image = test::smooth_image(61, 47, channels);
      CHECK(write_image(folder / "a.jpg", image, FileFormat::Jpeg).empty());
      const Image back = read_image(folder / "a.jpg");
      REQUIRE(back.channels() == channels);
      REQUIRE(back.width() == 61);
      int worst = 0;
      for (int y = 0; y < 47; ++y)
        for (int i = 0; i < 61 * channels; ++i)
          worst = std::max(worst, std::abs(image.colour_row<std::uint8_t>(y)[i] -
                                           back.colour_row<std::uint8_t>(y)[i]));
      CHECK(worst <= 4);
    }
  }
  TEST_CASE("the same picture makes the same bytes") {
    const test::TemporaryFolder folder;
    const Image image = test::random_image(67, 45, 3, SampleType::U8, false);
    for (const FileFormat format :
         {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff, FileFormat::Webp, FileFormat::Pnm}) {
      write_image(folder / "a", image, format);
      write_image(folder / "b", image, format);
      CHECK(test::read_bytes(folder / "a") == test::read_bytes(folder / "b"));
    }
  }
  TEST_CASE("floats keep NaN, infinity and values beyond white") {
    const test::TemporaryFolder folder;
    Image image = test::random_image(9, 5, 3, SampleType::F32, false);
    const float odd[] = {NAN, INFINITY, -INFINITY, -3.5F, 1e30F, 1e-40F};
    std::copy(std::begin(odd), std::end(odd), image.colour_row<float>(2));
    for (const FileFormat format : {FileFormat::Tiff, FileFormat::Pfm}) {
      write_image(file_in(folder, format), image, format);
      CHECK(test::same_pixels(image, read_image(file_in(folder, format))));
    }
  }
  TEST_CASE("the resolution survives where the format has a place for it") {
    const test::TemporaryFolder folder;
    Image image = test::smooth_image(8, 8, 3);
    image.metadata.pixels_per_mm_x = 300 / 25.4;
    image.metadata.pixels_per_mm_y = 150 / 25.4;
    for (const FileFormat format : {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff}) {
      write_image(file_in(folder, format), image, format);
      const Image back = read_image(file_in(folder, format));
      CHECK(back.metadata.pixels_per_mm_x == doctest::Approx(300 / 25.4).epsilon(1e-3));
      CHECK(back.metadata.pixels_per_mm_y == doctest::Approx(150 / 25.4).epsilon(1e-3));
    }
  }
  TEST_CASE("the level of PNG changes its bytes, never its pixels") {
    const test::TemporaryFolder folder;
    const Image image = test::smooth_image(90, 70, 3);
    for (const int level : {0, 1, 2, 6, 9}) {
      WriteOptions options;
      options.png_level = level;
      write_image(folder / std::to_string(level), image, FileFormat::Png, options);
      CHECK(test::same_pixels(image, read_image(folder / std::to_string(level))));
    }
    CHECK(test::read_bytes(folder / "0").size() > test::read_bytes(folder / "6").size());
  }
  TEST_CASE("what a format cannot hold is refused with a remedy, and no file appears") {
    const test::TemporaryFolder folder;
    const auto refusal = [&](const Image& image, FileFormat format) {
      const auto failure = test::failure_of([&] { write_image(folder / "x", image, format); });
      REQUIRE(failure);
      CHECK(failure->code == ErrorCode::InvalidArgument);
      CHECK(test::is_message(failure->text));
      return *failure;
    };
    const auto picture = [](SampleType type, bool alpha) {
      return test::random_image(4, 3, 3, type, alpha);
    };
    CHECK(refusal(picture(SampleType::U16, false), FileFormat::Jpeg).says("write png or tiff"));
    CHECK(refusal(picture(SampleType::F32, false), FileFormat::Png).says("tiff or pfm"));
    CHECK(refusal(picture(SampleType::U8, true), FileFormat::Jpeg).says("--background"));
    CHECK(refusal(picture(SampleType::U8, true), FileFormat::Pnm).says("png"));
    CHECK(refusal(picture(SampleType::U16, false), FileFormat::Webp).says("16-bit"));
    CHECK(refusal(picture(SampleType::U8, false), FileFormat::Pfm).says("float"));
    CHECK(refusal(picture(SampleType::F32, true), FileFormat::Pfm).says("alpha"));
    CHECK(refusal(test::smooth_image(16384, 1, 1), FileFormat::Webp).says("16383"));
    CHECK(test::entry_count(folder) == 0);
  }
  TEST_CASE("alpha is stretched to full scale with the colours") {
    const test::TemporaryFolder folder;
    for (const SampleType type : {SampleType::U8, SampleType::U16}) {
      const bool deep = type == SampleType::U16;
      Image image(1, 1, 1, type, true);
      image.set_max_value(deep ? 1000.0F : 100.0F);
      if (deep)
        image.colour_row<std::uint16_t>(0)[0] = 1000, image.alpha_row<std::uint16_t>(0)[0] = 200;
      else
        image.colour_row<std::uint8_t>(0)[0] = 100, image.alpha_row<std::uint8_t>(0)[0] = 20;
      write_image(folder / "x", image, FileFormat::Png);
      const Image back = read_image(folder / "x");
      REQUIRE(back.type() == type);
      CHECK((deep ? back.colour_row<std::uint16_t>(0)[0] : back.colour_row<std::uint8_t>(0)[0]) ==
            (deep ? 65535 : 255));
      CHECK((deep ? back.alpha_row<std::uint16_t>(0)[0] : back.alpha_row<std::uint8_t>(0)[0]) ==
            (deep ? 13107 : 51));
    }
  }
  TEST_CASE("alpha that is opaque everywhere is no obstacle") {
    const test::TemporaryFolder folder;
    Image image = test::random_image(6, 5, 3, SampleType::U8, true);
    std::fill_n(image.alpha_row<std::uint8_t>(0), 30, std::uint8_t{255});
    write_image(folder / "a.ppm", image, FileFormat::Pnm);
    const Image back = read_image(folder / "a.ppm");
    CHECK_FALSE(back.has_alpha());
    CHECK(std::memcmp(back.colour(), image.colour(), 90) == 0);
  }
}

TEST_SUITE("image/formats") {
  TEST_CASE("suffixes decide the format, whatever their case") {
    CHECK(format_from_suffix("a/b.c/x.PNG") == FileFormat::Png);
    CHECK(format_from_suffix("x.JpEg") == FileFormat::Jpeg);
    CHECK(format_from_suffix("x.TIF") == FileFormat::Tiff);
    CHECK(format_from_suffix("x.tiff") == FileFormat::Tiff);
    CHECK(format_from_suffix("x.y.webp") == FileFormat::Webp);
    CHECK(format_from_suffix("x.pgm") == FileFormat::Pnm);
    CHECK(format_from_name("pnm") == FileFormat::Pnm);
    CHECK(format_from_name("pfm") == FileFormat::Pfm);
    for (const char* name : {"x", "x.", ".png", "x.gif", "x.png~", "a.png/x"}) {
      const auto failure = test::failure_of([&] { format_from_suffix(name); });
      REQUIRE(failure);
      CHECK(failure->code == ErrorCode::InvalidArgument);
      CHECK(failure->says(".webp"));
    }
    CHECK_THROWS_AS(format_from_name(""), Error);
    CHECK_THROWS_AS(format_from_name(".png"), Error);
  }
  TEST_CASE("the suffix of a format asks for that format") {
    for (const FileFormat format : {FileFormat::Png, FileFormat::Jpeg, FileFormat::Tiff,
                                    FileFormat::Webp, FileFormat::Pnm, FileFormat::Pfm})
      CHECK(format_from_suffix("x" + suffix_of(format)) == format);
  }
}

}  // namespace tessera
