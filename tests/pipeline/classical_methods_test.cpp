// SPDX-License-Identifier: MIT
#include "pipeline/interpolate/classical_methods.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/pictures.h"

using namespace tessera;

TEST_SUITE("pipeline/classical_methods") {
  TEST_CASE("total variation that was stopped early is one warning, of eight turns too") {
    // A large hole in a slope on black: it takes longer than is allowed.
    constexpr int kSide = 128, kPatch = 96, kHole = 64;
    Image slope(kSide, kSide, 1, SampleType::F32), mask(kSide, kSide, 1, SampleType::U8);
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) {
        const int from_middle = std::max(std::abs(2 * y - kSide + 1), std::abs(2 * x - kSide + 1));
        if (from_middle < kPatch)
          slope.colour_row<float>(y)[x] =
              0.1F + 0.004F * static_cast<float>(x) + 0.003F * static_cast<float>(y);
        mask.colour_row<std::uint8_t>(y)[x] = from_middle < kHole ? 0 : 255;
      }
    InterpolateOptions options{.missing = MissingPixels::MaskFile, .method = ClassicalMethod::Tv};
    for (const bool eightfold : {false, true}) {
      options.self_ensemble = eightfold;
      const auto warnings = interpolate(slope, &mask, nullptr, options).warnings;
      REQUIRE(warnings.size() == 1);
      CHECK(warnings[0].find("3000 iterations") != std::string::npos);
      const Image half = test::half_mask(kSide, kSide);
      CHECK(interpolate(slope, &half, nullptr, options).warnings.empty());
    }
  }

  TEST_CASE("a mask with greys costs one warning, of eight turns too") {
    const Image picture = test::random_picture(20, 16, 3, SampleType::U8, 4);
    Image mask = test::half_mask(20, 16);
    mask.colour_row<std::uint8_t>(3)[5] = 9;
    InterpolateOptions options{.missing = MissingPixels::MaskFile,
                               .method = ClassicalMethod::Bilinear};
    for (const bool eightfold : {false, true}) {
      options.self_ensemble = eightfold;
      const auto warnings = interpolate(picture, &mask, nullptr, options).warnings;
      REQUIRE(warnings.size() == 1);
      CHECK(warnings[0].find("greys") != std::string::npos);
    }
  }
}
