// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <string>

#include "observation/sampling.h"
#include "support/synthetic_image.h"
#include "tessera/error.h"

namespace tessera {
namespace {

const std::string kNames[] = {"RGGB", "BGGR", "GRBG", "GBRG"};

}  // namespace

TEST_SUITE("observation/bayer") {
  TEST_CASE("a pattern is named by its 2x2 block, in any case") {
    for (const std::string& name : kNames) {
      const BayerPattern pattern = bayer_pattern_from_name(name);
      CHECK(name_of(pattern) == name);
      for (int y = -4; y < 4; ++y)
        for (int x = -4; x < 4; ++x) {
          const char letter = name[static_cast<std::size_t>(2 * ((y + 4) % 2) + (x + 4) % 2)];
          CHECK("RGB"[observation::bayer_channel(pattern, y, x)] == letter);
        }
    }
    CHECK(bayer_pattern_from_name("gBrG") == BayerPattern::GBRG);
  }
  TEST_CASE("a name that is none lists the four") {
    for (const std::string name : {"RGBG", "", "RGGBX", "RGG"}) {
      try {
        bayer_pattern_from_name(name);
        FAIL("expected an error");
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::InvalidArgument);
        CHECK(std::string(error.what()) ==
              "colour filter array: expected RGGB, BGGR, GRBG or GBRG, found '" + name + "'");
      }
    }
  }
  TEST_CASE("a mosaic keeps the sample its filter passes, at every depth and size") {
    for (const std::string& name : kNames)
      for (const auto& [width, height] : {std::pair{1, 1}, {7, 1}, {1, 6}, {5, 4}}) {
        const BayerPattern pattern = bayer_pattern_from_name(name);
        const Image eight = test::textured_image(width, height, 3);
        const Image sixteen = test::sixteen_bit_twin(eight);
        const Image mosaic8 = mosaic(eight, pattern), mosaic16 = mosaic(sixteen, pattern);
        CHECK(mosaic8.channels() == 1);
        CHECK(mosaic16.type() == SampleType::U16);
        for (int y = 0; y < height; ++y)
          for (int x = 0; x < width; ++x) {
            const int c = observation::bayer_channel(pattern, y, x);
            CHECK(mosaic8.colour_row<std::uint8_t>(y)[x] == test::textured_sample(y, x, c));
            CHECK(mosaic16.colour_row<std::uint16_t>(y)[x] == 257 * test::textured_sample(y, x, c));
          }
      }
  }
  TEST_CASE("a mosaic keeps white and resolution, but not the colour profile") {
    Image rgb(2, 2, 3, SampleType::U16, true);
    rgb.set_max_value(4095.0F);
    rgb.metadata.icc.resize(3);
    rgb.metadata.pixels_per_mm_x = 12.0;
    const Image result = mosaic(rgb, BayerPattern::RGGB);
    CHECK(result.max_value() == 4095.0F);
    CHECK(result.metadata.pixels_per_mm_x == 12.0);
    CHECK(result.metadata.icc.empty());
    CHECK_FALSE(result.has_alpha());
  }
  TEST_CASE("a grey picture has no mosaic") {
    CHECK_THROWS_WITH_AS(
        mosaic(Image(2, 2, 1, SampleType::U8), BayerPattern::RGGB),
        "a mosaic is made of three colours, found 1 channel (give a picture in colour)", Error);
  }
}

}  // namespace tessera
