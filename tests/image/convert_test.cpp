// SPDX-License-Identifier: MIT
#include "image/convert.h"

#include <doctest/doctest.h>

#include <limits>

#include "base/threads/threads_inside.h"
#include "image/image_files.h"
#include "support/compare.h"

namespace tessera {
namespace {

/// Every value of the type once, in rows of 256.
Image all_values(SampleType type, float max_value) {
  const int count = static_cast<int>(max_value) + 1;
  Image image(256, (count + 255) / 256, 1, type);
  image.set_max_value(max_value);
  for (int i = 0; i < count; ++i) {
    if (type == SampleType::U8)
      image.colour_row<std::uint8_t>(0)[i] = static_cast<std::uint8_t>(i);
    else
      image.colour_row<std::uint16_t>(0)[i] = static_cast<std::uint16_t>(i);
  }
  return image;
}

Image blank_like(const Image& image) {
  Image blank(image.width(), image.height(), image.channels(), image.type(), image.has_alpha());
  blank.set_max_value(image.max_value());
  return blank;
}

int rounded(float value, SampleType type, float max_value) {
  Image image(1, 1, 1, type);
  image.set_max_value(max_value);
  Tensor tensor(1, 1, 1);
  tensor(0, 0, 0) = value;
  image::image_from_tensor(tensor, image, 0, 0);
  return type == SampleType::U8 ? image.colour_row<std::uint8_t>(0)[0]
                                : image.colour_row<std::uint16_t>(0)[0];
}

}  // namespace

TEST_SUITE("image/convert") {
  TEST_CASE("from samples to a tensor and back is the identity for every sample value") {
    for (const auto& [type, white] :
         {std::pair(SampleType::U8, 255.0F), std::pair(SampleType::U8, 15.0F),
          std::pair(SampleType::U16, 65535.0F), std::pair(SampleType::U16, 1023.0F)}) {
      const Image image = all_values(type, white);
      Image back = blank_like(image);
      image::image_from_tensor(image::tensor_from_image(image), back, 0, 0);
      CHECK(test::same_pixels(image, back));
    }
    const Image floats = test::random_image(13, 7, 3, SampleType::F32, false);
    Image back = blank_like(floats);
    image::image_from_tensor(image::tensor_from_image(floats), back, 0, 0);
    CHECK(test::same_pixels(floats, back));
  }
  TEST_CASE("a white that no sample holds is refused") {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (const auto& [type, most] : {std::pair{SampleType::U8, 255.0F},
                                     {SampleType::U16, 65535.0F},
                                     {SampleType::F32, 1e6F}}) {
      Image image(1, 1, 1, type);
      for (const float wrong : {0.0F, -1.0F, nan, std::numeric_limits<float>::infinity()})
        CHECK_THROWS_AS(image.set_max_value(wrong), Error);
      if (type != SampleType::F32) CHECK_THROWS_AS(image.set_max_value(most + 1.0F), Error);
      image.set_max_value(most);
      CHECK(image.max_value() == most);
    }
  }

  TEST_CASE("white is 1, black is 0, and planes are in RGB order") {
    Image image(2, 1, 3, SampleType::U8);
    const std::uint8_t samples[] = {0, 51, 255, 255, 102, 0};
    std::copy(std::begin(samples), std::end(samples), image.colour_row<std::uint8_t>(0));
    const Tensor tensor = image::tensor_from_image(image);
    CHECK(tensor(0, 0, 0) == 0.0F);
    CHECK(tensor(1, 0, 0) == 51.0F / 255.0F);
    CHECK(tensor(2, 0, 0) == 1.0F);
    CHECK(tensor(1, 0, 1) == 102.0F / 255.0F);
  }
  TEST_CASE("halves are rounded away from zero, and values are clamped, never wrapped") {
    CHECK(rounded(0.5F, SampleType::U8, 255.0F) == 128);  // 127.5
    CHECK(rounded(0.5F / 255.0F, SampleType::U8, 255.0F) == 1);
    CHECK(rounded(std::nextafter(0.5F, 0.0F), SampleType::U8, 1.0F) == 0);
    CHECK(rounded(0.5F, SampleType::U16, 65535.0F) == 32768);
    CHECK(rounded(-0.1F, SampleType::U8, 255.0F) == 0);
    CHECK(rounded(-1e30F, SampleType::U16, 65535.0F) == 0);
    CHECK(rounded(1.2F, SampleType::U8, 255.0F) == 255);
    CHECK(rounded(std::numeric_limits<float>::max(), SampleType::U16, 65535.0F) == 65535);
    CHECK(rounded(2.0F, SampleType::U16, 1023.0F) == 1023);
  }
  TEST_CASE("floats are neither clamped nor rounded") {
    Image image(2, 1, 1, SampleType::F32);
    Tensor tensor(1, 1, 2);
    tensor(0, 0, 0) = -7.25F;
    tensor(0, 0, 1) = 1e20F;
    image::image_from_tensor(tensor, image, 0, 0);
    CHECK(image.colour_row<float>(0)[0] == -7.25F);
    CHECK(image.colour_row<float>(0)[1] == 1e20F);
  }
  TEST_CASE("a value that is not finite is refused for every type, wherever it stands") {
    for (const SampleType type : {SampleType::U8, SampleType::U16, SampleType::F32})
      for (const float value : {NAN, INFINITY, -INFINITY})
        for (const int at : {0, 100, 20 * 3 * 7 - 1}) {
          Tensor tensor(3, 7, 20);
          tensor.data()[at] = value;
          Image image(20, 7, 3, type);
          const auto failure =
              test::failure_of([&] { image::image_from_tensor(tensor, image, 0, 0); });
          REQUIRE(failure);
          CHECK(failure->code == ErrorCode::BadImage);
          CHECK(failure->says("not finite"));
        }
  }
  TEST_CASE("regions cut and pasted one by one make the whole picture") {
    const Image image = test::random_image(11, 9, 3, SampleType::U16, false);
    Image back = blank_like(image);
    for (int top = 0; top < 9; top += 4)
      for (int left = 0; left < 11; left += 3) {
        const Region region{top, left, std::min(4, 9 - top), std::min(3, 11 - left)};
        Tensor part(3, region.height, region.width);
        image::tensor_from_image(image, region, part);
        image::image_from_tensor(part, back, top, left);
      }
    CHECK(test::same_pixels(image, back));
  }
  TEST_CASE("regions of planes pasted one by one make the whole picture") {
    const Image image = test::random_image(11, 9, 3, SampleType::U8, false);
    const Tensor planes = image::tensor_from_image(image);
    for (const int threads : {1, 2}) {
      const base::ThreadsInsideScope inside(threads);
      Image back = blank_like(image);
      for (int top = 0; top < 9; top += 4)
        for (int left = 0; left < 11; left += 3)
          image::image_from_tensor(
              planes, {top, left, std::min(4, 9 - top), std::min(3, 11 - left)}, back, top, left);
      CHECK(test::same_pixels(image, back));
    }
  }
  TEST_CASE("of several rows that are not finite the first is told, whatever the threads") {
    Tensor planes(3, 8, 5);
    planes(2, 1, 0) = planes(1, 6, 4) = planes(1, 3, 2) = NAN;
    Image image(4, 7, 3, SampleType::U8);
    for (const int threads : {1, 2}) {
      const base::ThreadsInsideScope inside(threads);
      const auto failure = test::failure_of([&] {
        image::image_from_tensor(planes, {1, 1, 7, 4}, image, 0, 0);
      });
      REQUIRE(failure);
      CHECK(failure->says("channel 1, row 2 "));
    }
    // What lies outside the region is not looked at.
    CHECK_FALSE(test::failure_of([&] {
      image::image_from_tensor(planes, {0, 0, 1, 4}, image, 0, 0);
    }));
  }
}

TEST_SUITE("image/image") {
  TEST_CASE("what is moved from is empty, and may be used again") {
    Image image = test::random_image(5, 4, 3, SampleType::U8, true);
    const Image taken = std::move(image);
    CHECK(image.empty());  // NOLINT(bugprone-use-after-move)
    CHECK(image.width() + image.height() + image.channels() == 0);
    CHECK_FALSE(taken.empty());
    CHECK(image.clone().empty());
    image = taken.clone();
    CHECK(test::same_pixels(image, taken));
    SampleBuffer buffer(3);
    const SampleBuffer other = std::move(buffer);
    CHECK(buffer.empty());  // NOLINT(bugprone-use-after-move)
    CHECK(SampleBuffer(buffer).size() == 0);
    CHECK(other.size() == 3);
  }
  TEST_CASE("a new image is black at full scale, a clone is deep") {
    const Image image(3, 2, 3, SampleType::U16, true);
    CHECK(image.max_value() == 65535.0F);
    CHECK(image.colour_row<std::uint16_t>(1)[8] == 0);
    Image copy = image.clone();
    copy.alpha_row<std::uint16_t>(1)[2] = 9;
    CHECK(image.alpha_row<std::uint16_t>(1)[2] == 0);
    CHECK(Image().empty());
    CHECK(Image(1, 1, 1, SampleType::F32).max_value() == 1.0F);
  }
}

}  // namespace tessera
