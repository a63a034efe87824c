// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "pipeline/sources/noise_level.h"
#include "support/error_code.h"
#include "support/pictures.h"
#include "tessera/denoise.h"

using namespace tessera;
using pipeline::NoiseLevel, pipeline::Turn;

namespace {

/// Another level at every pixel, 8-bit grey levels.
Image uneven_map(int width, int height, std::uint64_t seed) {
  Image map = test::random_picture(width, height, 1, SampleType::F32, seed);
  for (int k = 0; k < width * height; ++k) map.colour_row<float>(0)[k] *= 40.0F;
  return map;
}

ErrorCode code_with_map(const Image& map, const Image& picture) {
  return test::code_of([&] { NoiseLevel::from_map(map, picture); });
}

}  // namespace

TEST_SUITE("pipeline/sigma_map") {
  TEST_CASE("the level of a turned picture is the turned map, whatever its sides") {
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 4}, {5, 1}, {7, 4}, {4, 7}}) {
      const Image map = uneven_map(width, height, 3);
      const NoiseLevel level = NoiseLevel::from_map(map, map);
      for (int index = 0; index < 8; ++index) {
        CAPTURE(index);
        const Image expected = pipeline::turned(map, Turn::numbered(index));
        const NoiseLevel found = level.after(Turn::numbered(index));
        bool same = true;
        for (int y = 0; y < expected.height(); ++y)
          for (int x = 0; x < expected.width(); ++x)
            same &= found.at(y, x) == expected.colour_row<float>(y)[x];
        CHECK(same);
        CHECK(found.lowest() == level.lowest());
        CHECK(found.highest() == level.highest());
      }
    }
  }

  TEST_CASE("the eightfold mean follows the map of a picture that is not square") {
    // Non-local means knows no direction: each of the eight restorations is the same.
    const Image noisy = test::random_picture(25, 14, 1, SampleType::F32, 4);
    const Image map = uneven_map(25, 14, 5);
    DenoiseOptions options{.method = DenoiseMethod::NonlocalMeans,
                           .execution = {.threads = 1, .max_memory = std::int64_t{1} << 30}};
    const Image once = denoise(noisy, &map, nullptr, options);
    options.self_ensemble = true;
    CHECK(test::max_difference(once, denoise(noisy, &map, nullptr, options)) < 1e-5);
  }

  TEST_CASE("lowest and highest of a map are found wherever they are") {
    for (int place = 0; place < 6; ++place) {
      Image map(3, 2, 1, SampleType::F32);
      std::fill_n(map.colour_row<float>(0), 6, 20.0F);
      map.colour_row<float>(0)[place] = 31.0F;
      map.colour_row<float>(0)[(place + 2) % 6] = 9.0F;
      const NoiseLevel level = NoiseLevel::from_map(map, map);
      CHECK(level.lowest() == 9.0);
      CHECK(level.highest() == 31.0);
    }
  }

  TEST_CASE("255 is the largest level of a map, and one side of its own is enough to refuse it") {
    const Image picture(4, 3, 3, SampleType::U8);
    Image map = uneven_map(4, 3, 6);
    map.colour_row<float>(1)[2] = 255.0F;
    CHECK(NoiseLevel::from_map(map, picture).highest() == 255.0);
    map.colour_row<float>(1)[2] = 256.0F;
    CHECK(code_with_map(map, picture) == ErrorCode::BadImage);
    for (const auto& [width, height] : {std::pair{4, 2}, {4, 4}, {3, 3}, {5, 3}, {3, 4}})
      CHECK(code_with_map(uneven_map(width, height, 6), picture) == ErrorCode::BadImage);
  }
}
