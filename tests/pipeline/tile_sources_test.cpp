// SPDX-License-Identifier: MIT
#include "pipeline/sources/tile_sources.h"

#include <doctest/doctest.h>

#include "base/rounding.h"
#include "observation/sampling.h"
#include "pipeline/sources/noise_source.h"
#include "support/compare.h"
#include "support/pictures.h"

using namespace tessera;
using pipeline::Extension, pipeline::Mirror, pipeline::PictureFrame, pipeline::ObservedPlanes;

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

constexpr Extension kExtensions[] = {{2, 0}, {8, 0}, {16, 0}, {2, 4}, {8, 16}};

std::vector<std::pair<BayerPattern, Extension>> patterns_and_extensions() {
  std::vector<std::pair<BayerPattern, Extension>> all;
  for (const BayerPattern pattern : test::kPatterns)
    for (const Extension extension : kExtensions) all.emplace_back(pattern, extension);
  return all;
}

}  // namespace

TEST_SUITE("pipeline/tile_sources") {
  TEST_CASE(
      "a mosaic of any phase and size is presented as one of phase RGGB and the size wanted") {
    for (const auto& [height, width] : kSizes)
      for (const auto& [pattern, extension] : patterns_and_extensions()) {
        CAPTURE(height);
        CAPTURE(width);
        CAPTURE(name_of(pattern));
        const Image mosaic = test::random_picture(width, height, 1, SampleType::U8, 3);
        const pipeline::MosaicSource source(mosaic, pattern, extension);
        const auto [multiple, border] = extension;
        CHECK(source.shape().height % multiple == 0);
        CHECK(source.shape().width % multiple == 0);
        CHECK(source.shape().height < height + 1 + 2 * border + multiple);
        CHECK(source.frame().top >= border);
        CHECK(source.frame().top + height + border <= source.shape().height);
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
      for (const int before : {0, 1, 16, 17})
        for (int position = 0; position < extent + before + 16; ++position) {
          const int index = PictureFrame::source_index(position, before, extent);
          CHECK(index >= 0);
          CHECK(index < extent);
          CHECK((index + before) % 2 == position % 2);
        }
  }

  TEST_CASE("a mirror about the edge repeats the last row, a mirror about a pixel does not") {
    const std::vector<int> edge{2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1};
    const std::vector<int> pixel{0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1};
    for (int position = 0; position < 12; ++position) {
      const auto k = static_cast<std::size_t>(position);
      CHECK(PictureFrame::source_index(position, 4, 3, Mirror::AboutEdge) == edge[k]);
      CHECK(PictureFrame::source_index(position, 4, 3) == pixel[k]);
      CHECK(PictureFrame::source_index(position, 0, 1, Mirror::AboutEdge) == 0);
    }
    CHECK(PictureFrame::source_index(0, 1, 3, Mirror::AboutEdge) == 0);
    CHECK(PictureFrame::source_index(0, 1, 3) == 1);
  }

  TEST_CASE("a frame is no larger than its border and its multiple ask for") {
    const auto width_of = [](int height, int width, Extension extension) {
      return PictureFrame::around(height, width, 0, 0, extension).width;
    };
    CHECK(width_of(500, 500, {8, 16}) == 536);
    CHECK(width_of(500, 504, {8, 16}) == 536);
    CHECK(width_of(500, 505, {8, 16}) == 544);
    CHECK(width_of(536, 536, {8, 0}) == 536);
    CHECK(width_of(1, 1, {8, 16}) == 40);
    CHECK(width_of(1, 1, {1, 0}) == 1);
  }

  TEST_CASE("white of a map is 255 grey levels, whatever its maximum") {
    Image map(1, 1, 1, SampleType::U16);
    map.set_max_value(1020.0F);
    map.colour_row<std::uint16_t>(0)[0] = 100;
    CHECK(pipeline::NoiseLevel::from_map(map, map).highest() == doctest::Approx(25.0));
  }

  TEST_CASE("a map with a sample that is no number is told apart from one in colour") {
    const auto complaint = [](const Image& map) {
      try {
        pipeline::NoiseLevel::from_map(map, map);
      } catch (const Error& error) {
        return std::string(error.what());
      }
      return std::string();
    };
    Image grey(2, 1, 1, SampleType::F32), colour(2, 1, 3, SampleType::F32);
    grey.colour_row<float>(0)[1] = NAN;
    colour.colour_row<float>(0)[4] = 1.0F;
    CHECK(complaint(grey).find("holds nan at row 0, column 1") != std::string::npos);
    CHECK(complaint(colour).find("is in colour") != std::string::npos);
  }

  TEST_CASE("a noisy picture and its level are mirrored alike, whatever region is read") {
    for (const auto& [height, width] : kSizes)
      for (const auto& [multiple, border] : {Extension{1, 0}, {2, 0}, {8, 0}, {1, 5}, {8, 16}}) {
        const Image picture = test::random_picture(width, height, 3, SampleType::U8, 5);
        Image map(width, height, 1, SampleType::F32);
        for (int y = 0; y < height; ++y)
          for (int x = 0; x < width; ++x)
            map.colour_row<float>(y)[x] = picture.colour_row<std::uint8_t>(y)[3 * x];
        const auto level = pipeline::NoiseLevel::from_map(map, picture);
        const pipeline::NoiseSource source(picture, level, 3, {multiple, border});
        const Shape shape = source.shape();
        CHECK(shape.height == base::rounded_up(height + 2 * border, multiple));
        CHECK(source.frame().top == border);
        Tensor samples(shape), sigma(1, shape.height, shape.width);
        Workspace scratch;
        source.read({0, 0, shape.height, shape.width},
                    {.samples = samples, .mask = {}, .estimate = {}, .sigma = sigma}, scratch);
        CHECK(test::max_difference(sigma, samples.view().channels(0, 1)) < 1e-6);
        for (int y = 0; y < height; ++y)
          CHECK(samples(2, border + y, border) == picture.colour_row<std::uint8_t>(y)[2] / 255.0F);
        for (const int top : {0, multiple})
          if (top < shape.height) {
            const Region region{top, 0, multiple, shape.width};
            Tensor part(3, multiple, shape.width), expected(part.shape());
            Tensor part_sigma(1, multiple, shape.width);
            source.read(region, {.samples = part, .mask = {}, .estimate = {}, .sigma = part_sigma},
                        scratch);
            copy_region(samples, region, expected);
            CHECK(test::max_difference(expected, part) == 0.0);
          }
      }
  }

  TEST_CASE("a picture to be enlarged is measured at even positions") {
    for (const auto& [height, width] : kSizes)
      for (const auto& [channels, extension] :
           {std::pair{1, Extension{2, 0}}, {3, {2, 0}}, {1, {8, 0}}, {3, {16, 0}}, {3, {8, 16}}}) {
        const Image small = test::random_picture(width, height, channels, SampleType::U16, 4);
        const pipeline::GridSource source(small, 3, extension);
        const auto [multiple, border] = extension;
        const Planes planes = read_all(source);
        CHECK(source.shape() == Shape{3, base::rounded_up(2 * (height + border), multiple),
                                      base::rounded_up(2 * (width + border), multiple)});
        CHECK(source.frame().top == border);
        CHECK(source.frame().left == border);
        CHECK(source.frame().height == source.shape().height);
        for (int y = 0; y < source.shape().height; ++y)
          for (int x = 0; x < source.shape().width; ++x)
            CHECK(planes.mask(2, y, x) == (y % 2 == 0 && x % 2 == 0 ? 1.0F : 0.0F));
        CHECK(planes.samples(channels - 1, border, border) ==
              small.colour_row<std::uint16_t>(0)[channels - 1] / 65535.0F);
        check_regions(source);
      }
  }

  TEST_CASE("a picture with holes is presented with its holes, whatever region is read") {
    for (const auto& [height, width] : kSizes)
      for (const auto& [multiple, border] : {Extension{2, 0}, {8, 0}, {8, 16}}) {
        if (height * width == 1) continue;
        const Image picture = test::random_picture(width, height, 3, SampleType::U8, 5);
        const Image mask = test::half_mask(width, height);
        const pipeline::MeasuredMap map =
            pipeline::measured_map(picture, &mask, {.missing = MissingPixels::MaskFile});
        const pipeline::HoleSource source(picture, map, 3, {multiple, border}, 1 << 30);
        CHECK(source.shape().height % multiple == 0);
        const Planes planes = read_all(source);
        for (int y = 0; y < height; ++y)
          for (int x = 0; x < width; ++x) {
            const bool measured = mask.colour_row<std::uint8_t>(y)[x] != 0;
            const int row = border + y, column = border + x;
            CHECK(planes.mask(1, row, column) == (measured ? 1.0F : 0.0F));
            if (!measured) CHECK(planes.samples(1, row, column) == 0.0F);
            if (measured) CHECK(planes.estimate(1, row, column) == planes.samples(1, row, column));
          }
        CHECK((border == 0 || planes.mask(0, border - 1, border) == 0.0F));
        CHECK((border == 0 || planes.mask(0, border, border + width) == 0.0F));
        check_regions(source);
        // The estimate, made level by level from pieces, is the one of whole planes.
        Tensor whole(planes.samples.shape());
        observation::pull_push_estimate(planes.samples, planes.mask, whole);
        CHECK(test::max_difference(whole, planes.estimate) == 0.0);
      }
  }

  TEST_CASE("the estimate of holes is that of whole planes in pictures of any height") {
    // It reads 64 rows at a time.
    for (const int height : {63, 64, 65, 127, 129, 200}) {
      CAPTURE(height);
      const Image picture = test::random_picture(5, height, 3, SampleType::U8, 6);
      Image mask = test::half_mask(5, height);
      // Holes that reach over the seams: only coarser levels know what to put there.
      for (const int row : {62, 63, 64, 65, 126, 127, 128, 129})
        if (row < height) std::fill_n(mask.colour_row<std::uint8_t>(row), 5, std::uint8_t{0});
      const pipeline::MeasuredMap map =
          pipeline::measured_map(picture, &mask, {.missing = MissingPixels::MaskFile});
      const pipeline::HoleSource source(picture, map, 3, {2, 0}, 1 << 30);
      const Planes planes = read_all(source);
      Tensor whole(planes.samples.shape());
      observation::pull_push_estimate(planes.samples, planes.mask, whole);
      CHECK(test::max_difference(whole, planes.estimate) == 0.0);
    }
  }
}
