// SPDX-License-Identifier: MIT
#include "pipeline/interpolate/classical_methods.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/pictures.h"

using namespace tessera;

TEST_SUITE("pipeline/classical_methods") {
  TEST_CASE("total variation that was stopped early is one warning, of eight turns too") {
    // An edge that only the first rows show: what lies below takes longer than is allowed.
    constexpr int kSide = 32;
    Image edge(kSide, kSide, 1, SampleType::F32), mask(kSide, kSide, 1, SampleType::U8);
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) {
        edge.colour_row<float>(y)[x] = x < kSide / 2 ? 0.0F : 1.0F;
        mask.colour_row<std::uint8_t>(y)[x] = y < 2 ? 255 : 0;
      }
    InterpolateOptions options{.missing = MissingPixels::MaskFile, .method = ClassicalMethod::Tv};
    for (const bool eightfold : {false, true}) {
      options.self_ensemble = eightfold;
      const auto warnings = interpolate(edge, &mask, nullptr, options).warnings;
      REQUIRE(warnings.size() == 1);
      CHECK(warnings[0].find("3000 iterations") != std::string::npos);
      const Image half = test::half_mask(kSide, kSide);
      CHECK(interpolate(edge, &half, nullptr, options).warnings.empty());
    }
  }
}
