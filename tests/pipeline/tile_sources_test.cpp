// SPDX-License-Identifier: MIT
#include "pipeline/tile_sources.h"

#include <doctest/doctest.h>

#include "observation/sampling.h"
#include "support/compare.h"
#include "support/pictures.h"

using namespace tessera;
using pipeline::ObservedPlanes;

namespace {

struct Planes {
  explicit Planes(Shape shape) : samples(shape), mask(shape), estimate(shape) {}
  ObservedPlanes views() { return {samples, mask, estimate}; }
  Tensor samples, mask, estimate;
};

Planes read_all(const pipeline::TileSource& source) {
  Workspace scratch;
  Planes planes(source.shape());
  source.read({0, 0, source.shape().height, source.shape().width}, planes.views(), scratch);
  return planes;
}

/// Every even region of a source is the crop of the whole.
void check_regions(const pipeline::TileSource& source) {
  const Planes whole = read_all(source);
  const Shape shape = source.shape();
  Workspace scratch;
  for (int top = 0; top < shape.height; top += 4)
    for (int left = 0; left < shape.width; left += 6) {
      const Region region{top, left, std::min(6, shape.height - top),
                          std::min(8, shape.width - left)};
      const Shape part{shape.channels, region.height, region.width};
      Planes found(part), expected(part);
      source.read(region, found.views(), scratch);
      copy_region(whole.samples, region, expected.samples);
      copy_region(whole.mask, region, expected.mask);
      copy_region(whole.estimate, region, expected.estimate);
      CHECK(test::max_difference(expected.samples, found.samples) == 0.0);
      CHECK(test::max_difference(expected.mask, found.mask) == 0.0);
      CHECK(test::max_difference(expected.estimate, found.estimate) == 0.0);
    }
}

constexpr std::pair<int, int> kSizes[] = {{1, 1}, {1, 9}, {9, 1},   {2, 2},
                                          {3, 2}, {2, 3}, {17, 21}, {16, 20}};

}  // namespace

TEST_SUITE("pipeline/tile_sources") {
  TEST_CASE("a mosaic of any phase and size is presented as an even one of phase RGGB") {
    for (const auto& [height, width] : kSizes)
      for (const BayerPattern pattern : test::kPatterns) {
        CAPTURE(height);
        CAPTURE(width);
        CAPTURE(name_of(pattern));
        const Image mosaic = test::random_picture(width, height, 1, SampleType::U8, 3);
        const pipeline::MosaicSource source(mosaic, pattern);
        CHECK(source.shape().height % 2 == 0);
        CHECK(source.shape().width % 2 == 0);
        const Planes planes = read_all(source);
        const auto frame = source.frame();
        for (int y = 0; y < source.shape().height; ++y)
          for (int x = 0; x < source.shape().width; ++x)
            for (int c = 0; c < 3; ++c)
              CHECK(planes.mask(c, y, x) ==
                    (observation::bayer_channel(BayerPattern::RGGB, y, x) == c ? 1.0F : 0.0F));
        // What was measured stands in its own colour.
        for (int y = 0; y < height; ++y)
          for (int x = 0; x < width; ++x) {
            const int c = observation::bayer_channel(pattern, y, x);
            CHECK(planes.samples(c, y + frame.top, x + frame.left) ==
                  mosaic.colour_row<std::uint8_t>(y)[x] / 255.0F);
          }
        check_regions(source);
      }
  }

  TEST_CASE("mirrored rows and columns keep the phase of the colour filter") {
    for (const int extent : {2, 3, 8, 9})
      for (const int before : {0, 1})
        for (int position = 0; position < (extent + before + 1) / 2 * 2; ++position) {
          const int index = pipeline::MirroredFrame::source_index(position, before, extent);
          CHECK(index >= 0);
          CHECK(index < extent);
          CHECK((index + before) % 2 == position % 2);
        }
  }

  TEST_CASE("a picture to be enlarged is measured at even positions") {
    for (const auto& [height, width] : kSizes)
      for (const int channels : {1, 3}) {
        const Image small = test::random_picture(width, height, channels, SampleType::U16, 4);
        const pipeline::GridSource source(small, 3);
        const Planes planes = read_all(source);
        CHECK(source.shape() == Shape{3, 2 * height, 2 * width});
        for (int y = 0; y < 2 * height; ++y)
          for (int x = 0; x < 2 * width; ++x)
            CHECK(planes.mask(2, y, x) == (y % 2 == 0 && x % 2 == 0 ? 1.0F : 0.0F));
        CHECK(planes.samples(channels - 1, 0, 0) ==
              small.colour_row<std::uint16_t>(0)[channels - 1] / 65535.0F);
        check_regions(source);
      }
  }

  TEST_CASE("a picture with holes is presented with its holes, whatever region is read") {
    for (const auto& [height, width] : kSizes) {
      if (height * width == 1) continue;
      const Image picture = test::random_picture(width, height, 3, SampleType::U8, 5);
      const Image mask = test::half_mask(width, height);
      const pipeline::MeasuredMap map =
          pipeline::measured_map(picture, &mask, {.missing = MissingPixels::MaskFile});
      const pipeline::HoleSource source(picture, map, 3, 1 << 30);
      const Planes planes = read_all(source);
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
          const bool measured = mask.colour_row<std::uint8_t>(y)[x] != 0;
          CHECK(planes.mask(1, y, x) == (measured ? 1.0F : 0.0F));
          if (!measured) CHECK(planes.samples(1, y, x) == 0.0F);
          if (measured) CHECK(planes.estimate(1, y, x) == planes.samples(1, y, x));
        }
      check_regions(source);
      // The estimate, made level by level from pieces, is the one of whole planes.
      Tensor whole(planes.samples.shape());
      observation::pull_push_estimate(planes.samples, planes.mask, whole);
      CHECK(test::max_difference(whole, planes.estimate) == 0.0);
    }
  }
}
