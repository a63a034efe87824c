// SPDX-License-Identifier: MIT
#include "pipeline/turns/turned_image.h"

#include <doctest/doctest.h>

#include "observation/sampling.h"
#include "support/pictures.h"

using namespace tessera;
using pipeline::Turn;

TEST_SUITE("pipeline/turned_image") {
  TEST_CASE("turning back undoes turning, with alpha, for every size and type") {
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 5}, {4, 1}, {7, 4}})
      for (const SampleType type : {SampleType::U8, SampleType::U16, SampleType::F32})
        for (int index = 0; index < 8; ++index) {
          const Image picture = test::random_picture(width, height, 3, type, 1, true);
          const Turn turn = Turn::numbered(index);
          const Image there = pipeline::turned(picture, turn);
          CHECK(there.width() == (turn.transpose ? height : width));
          CHECK(test::same_pixels(picture, pipeline::turned_back(there, turn)));
        }
  }

  TEST_CASE("a turned picture has the white of the picture") {
    Image picture = test::random_picture(3, 2, 1, SampleType::U16, 4);
    picture.set_max_value(1023.0F);
    CHECK(pipeline::turned(picture, Turn::numbered(5)).max_value() == 1023.0F);
    CHECK(pipeline::turned_back(picture, Turn::numbered(5)).max_value() == 1023.0F);
  }

  TEST_CASE("the eight turns differ") {
    const Image picture = test::random_picture(5, 5, 1, SampleType::U8, 2);
    for (int a = 0; a < 8; ++a)
      for (int b = 0; b < a; ++b)
        CHECK_FALSE(test::same_pixels(pipeline::turned(picture, Turn::numbered(a)),
                                      pipeline::turned(picture, Turn::numbered(b))));
  }

  TEST_CASE("a turned mosaic has the turned pattern") {
    // Turning the colour picture and sampling it gives what turning the mosaic gives.
    for (const auto& [width, height] : {std::pair{6, 8}, {7, 8}, {6, 9}, {7, 9}})
      for (const BayerPattern pattern : test::kPatterns)
        for (int index = 0; index < 8; ++index) {
          const Turn turn = Turn::numbered(index);
          const Image colour = test::random_picture(width, height, 3, SampleType::U8, 3);
          const Image expected = pipeline::turned(mosaic(colour, pattern), turn);
          const Image found = mosaic(pipeline::turned(colour, turn),
                                     pipeline::turned_pattern(pattern, height, width, turn));
          CHECK(test::same_pixels(expected, found));
        }
  }
}
