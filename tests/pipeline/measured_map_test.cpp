// SPDX-License-Identifier: MIT
#include "pipeline/sources/measured_map.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "support/pictures.h"
#include "tessera/error.h"

using namespace tessera;

namespace {

pipeline::MeasuredMap map_by_value(const Image& picture, double value) {
  return pipeline::measured_map(picture, nullptr,
                                {.missing = MissingPixels::Value, .missing_value = value});
}

/// What the BadImage error for a missing value says; empty when there is none.
std::string complaint(SampleType type, double value) {
  try {
    map_by_value(test::random_picture(9, 7, 3, type, 3), value);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::BadImage);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_SUITE("pipeline/measured_map") {
  TEST_CASE("a missing value that the samples cannot hold is an error that names their range") {
    for (const double value : {-1.0, 0.5, 256.0, 300.0, 1e300, double{NAN}, double{INFINITY}})
      CHECK(complaint(SampleType::U8, value).find("0 to 255") != std::string::npos);
    for (const double value : {-1.0, 0.5, 65536.0, -double{INFINITY}})
      CHECK(complaint(SampleType::U16, value).find("0 to 65535") != std::string::npos);
    CHECK(complaint(SampleType::U8, 300.0).find("300") != std::string::npos);
    CHECK(complaint(SampleType::F32, 1e300).find("1e+300") != std::string::npos);
    CHECK(complaint(SampleType::F32, NAN).find("--mask nan") != std::string::npos);
  }

  TEST_CASE("a missing value that the samples can hold is none, whether or not one has it") {
    for (const double value : {0.0, 255.0}) CHECK(complaint(SampleType::U8, value).empty());
    for (const double value : {0.0, 65535.0}) CHECK(complaint(SampleType::U16, value).empty());
    for (const double value : {-1.0, 0.5, 1e30, double{INFINITY}})
      CHECK(complaint(SampleType::F32, value).empty());
  }

  TEST_CASE("a mask that may not be what was meant is warned of") {
    const Image picture = test::random_picture(9, 7, 3, SampleType::U8, 3);
    const auto warning = [&](std::initializer_list<int> values) {
      Image mask(9, 7, 1, SampleType::U8);
      for (int k = 0; k < 9 * 7; ++k)
        mask.colour_row<std::uint8_t>(0)[k] =
            static_cast<std::uint8_t>(values.begin()[k % values.size()]);
      return pipeline::measured_map(picture, &mask, {.missing = MissingPixels::MaskFile}).warning;
    };
    CHECK(warning({0, 255}).empty());
    CHECK(warning({0, 1}).empty());
    CHECK(warning({0, 2, 253, 255}).find("greys") != std::string::npos);
    CHECK(warning({255}).find("the mask is 0 nowhere") != std::string::npos);
    CHECK(map_by_value(picture, 0.0).warning.empty() == (map_by_value(picture, 0.0).missing > 0));
  }

  TEST_CASE("a mask in colour is refused, whichever channel differs") {
    const Image picture = test::random_picture(2, 1, 3, SampleType::U8, 3);
    for (int c = 0; c < 3; ++c) {
      Image mask(2, 1, 3, SampleType::U8);
      std::fill_n(mask.colour_row<std::uint8_t>(0), 6, std::uint8_t{255});
      const InterpolateOptions options{.missing = MissingPixels::MaskFile};
      CHECK(pipeline::measured_map(picture, &mask, options).missing == 0);
      mask.colour_row<std::uint8_t>(0)[3 + c] = 0;
      CHECK_THROWS_WITH_AS(pipeline::measured_map(picture, &mask, options),
                           doctest::Contains("colour picture"), Error);
    }
  }

  TEST_CASE("a mask that is not a number somewhere is refused with the place") {
    const Image picture = test::random_picture(3, 2, 3, SampleType::U8, 3);
    Image mask = test::random_picture(3, 2, 1, SampleType::F32, 4);
    mask.colour_row<float>(1)[2] = std::nanf("");
    CHECK_THROWS_WITH_AS(
        pipeline::measured_map(picture, &mask, {.missing = MissingPixels::MaskFile}),
        doctest::Contains("row 1, column 2"), Error);
  }

  TEST_CASE("what alpha hides is not measured, unless it hides everything") {
    Image picture(2, 1, 1, SampleType::U8, true);
    picture.colour_row<std::uint8_t>(0)[0] = picture.colour_row<std::uint8_t>(0)[1] = 9;
    CHECK(map_by_value(picture, 0).at(0, 0) == pipeline::PixelState::Measured);
    picture.alpha_row<std::uint8_t>(0)[1] = 255;
    CHECK(map_by_value(picture, 0).at(0, 0) == pipeline::PixelState::Hidden);
    CHECK(map_by_value(picture, 0).at(0, 1) == pipeline::PixelState::Measured);
  }

  TEST_CASE("a pixel has the missing value when all of its channels have it") {
    for (int c = 0; c < 3; ++c) {
      Image picture(2, 1, 3, SampleType::U8);
      std::fill_n(picture.colour_row<std::uint8_t>(0), 6, std::uint8_t{7});
      picture.colour_row<std::uint8_t>(0)[c] = 8;
      const pipeline::MeasuredMap map = map_by_value(picture, 7.0);
      CHECK(map.missing == 1);
      CHECK(map.at(0, 0) == pipeline::PixelState::Measured);
      CHECK(map.at(0, 1) == pipeline::PixelState::Missing);
    }
  }

  TEST_CASE("a mask of another width or another height is refused, and its size is named") {
    const Image picture = test::random_picture(9, 7, 3, SampleType::U8, 3);
    for (const auto& [width, height] : {std::pair{8, 7}, {10, 7}, {9, 6}, {9, 8}, {7, 9}}) {
      const Image mask = test::half_mask(width, height);
      CHECK_THROWS_WITH_AS(
          pipeline::measured_map(picture, &mask, {.missing = MissingPixels::MaskFile}),
          doctest::Contains((std::to_string(width) + "x" + std::to_string(height)).c_str()), Error);
    }
  }

  TEST_CASE("of float samples the one nearest to the missing value is missing") {
    Image picture(3, 1, 1, SampleType::F32);
    for (int x = 0; x < 3; ++x) picture.colour_row<float>(0)[x] = x == 1 ? 0.1F : 0.5F;
    const pipeline::MeasuredMap map = map_by_value(picture, 0.1);
    CHECK(map.missing == 1);
    CHECK(map.at(0, 1) == pipeline::PixelState::Missing);
  }
}
