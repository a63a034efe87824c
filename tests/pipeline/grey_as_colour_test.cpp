// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "pipeline/sources/noise_source.h"
#include "pipeline/sources/tile_sources.h"
#include "support/compare.h"
#include "support/pictures.h"

using namespace tessera;
using pipeline::Extension, pipeline::NoiseLevel;

namespace {

constexpr int kWidth = 13, kHeight = 9;
constexpr Extension kExtensions[] = {{2, 0}, {8, 4}};

/// The grey picture as a colour picture of three equal channels.
Image rgb_twin(const Image& grey) {
  Image twin(grey.width(), grey.height(), 3, grey.type());
  for (int k = 0; k < 3 * grey.width() * grey.height(); ++k)
    twin.colour_row<std::uint8_t>(0)[k] = grey.colour_row<std::uint8_t>(0)[k / 3];
  return twin;
}

struct Planes {
  explicit Planes(Shape shape)
      : samples(shape), mask(shape), estimate(shape), sigma(1, shape.height, shape.width) {}
  Tensor samples, mask, estimate, sigma;
};

/// Whether a network gets the same planes, three of each kind, of both sources; `noisy`: with a
/// noise level instead of a mask.
bool same_planes(const pipeline::TileSource& grey, const pipeline::TileSource& twin, bool noisy) {
  REQUIRE(grey.shape() == twin.shape());
  REQUIRE(grey.shape().channels == 3);
  Workspace scratch;
  const auto read = [&](const pipeline::TileSource& source) {
    Planes planes(source.shape());
    // No source writes this value.
    for (Tensor* part : {&planes.samples, &planes.mask, &planes.estimate, &planes.sigma})
      std::fill_n(part->data(), part->shape().count(), -1.0F);
    pipeline::ObservedPlanes views{
        .samples = planes.samples, .mask = {}, .estimate = planes.estimate};
    if (noisy)
      views.sigma = planes.sigma;
    else
      views.mask = planes.mask;
    source.read({0, 0, source.shape().height, source.shape().width}, views, scratch);
    return planes;
  };
  const Planes a = read(grey), b = read(twin);
  return test::max_difference(a.samples, b.samples) == 0.0 &&
         test::max_difference(a.mask, b.mask) == 0.0 &&
         test::max_difference(a.estimate, b.estimate) == 0.0 &&
         test::max_difference(a.sigma, b.sigma) == 0.0;
}

}  // namespace

TEST_SUITE("pipeline/grey_as_colour") {
  TEST_CASE("a colour network sees a noisy grey picture as its RGB twin") {
    const Image grey = test::random_picture(kWidth, kHeight, 1, SampleType::U8, 1);
    const Image twin = rgb_twin(grey);
    const NoiseLevel level = NoiseLevel::constant(20.0);
    for (const Extension extension : kExtensions)
      CHECK(same_planes(pipeline::NoiseSource(grey, level, 3, extension),
                        pipeline::NoiseSource(twin, level, 3, extension), true));
  }

  TEST_CASE("a colour network sees a grey picture to be enlarged as its RGB twin") {
    const Image grey = test::random_picture(kWidth, kHeight, 1, SampleType::U8, 2);
    const Image twin = rgb_twin(grey);
    for (const Extension extension : kExtensions)
      CHECK(same_planes(pipeline::GridSource(grey, 3, extension),
                        pipeline::GridSource(twin, 3, extension), false));
  }

  TEST_CASE("a colour network sees a grey picture with holes as its RGB twin") {
    const Image grey = test::random_picture(kWidth, kHeight, 1, SampleType::U8, 3);
    const Image twin = rgb_twin(grey);
    const Image mask = test::half_mask(kWidth, kHeight);
    const pipeline::MeasuredMap map =
        pipeline::measured_map(grey, &mask, {.missing = MissingPixels::MaskFile});
    for (const Extension extension : kExtensions)
      CHECK(same_planes(pipeline::HoleSource(grey, map, 3, extension, 1 << 30),
                        pipeline::HoleSource(twin, map, 3, extension, 1 << 30), false));
  }
}
