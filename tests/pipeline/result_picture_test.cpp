// SPDX-License-Identifier: MIT
#include "pipeline/sources/result_picture.h"

#include <doctest/doctest.h>

#include <cmath>

#include "support/pictures.h"
#include "tessera/denoise.h"
#include "tessera/interpolate.h"

using namespace tessera;

namespace {

constexpr int kWidth = 9, kHeight = 7;

/// 16-bit samples of which `white` is white, none above it.
Image picture_with_white(int channels, int white) {
  Image picture(kWidth, kHeight, channels, SampleType::U16);
  picture.set_max_value(static_cast<float>(white));
  for (int k = 0; k < kWidth * kHeight * channels; ++k)
    picture.colour_row<std::uint16_t>(0)[k] = static_cast<std::uint16_t>((k * 97) % (white + 1));
  return picture;
}

/// The same in parts of white.
Image in_parts_of_white(const Image& picture) {
  Image parts(picture.width(), picture.height(), picture.channels(), SampleType::F32);
  for (int k = 0; k < picture.width() * picture.height() * picture.channels(); ++k)
    parts.colour_row<float>(0)[k] = picture.colour_row<std::uint16_t>(0)[k] / picture.max_value();
  return parts;
}

/// Whether `result` has the white of `observed`, and is `expected`, in parts of it, within two
/// roundings: of the restoration and, where a residual is limited, once more.
bool is_restored(const Image& observed, const Image& result, const Image& expected) {
  if (result.max_value() != observed.max_value() || result.type() != SampleType::U16) return false;
  return test::max_difference(in_parts_of_white(result), expected) <= 1.01 / observed.max_value();
}

}  // namespace

TEST_SUITE("pipeline/result_picture") {
  TEST_CASE("a result has the white of its picture, at every scale and number of channels") {
    for (const int white : {1, 1023, 4095, 65535})
      for (const int scale : {1, 2, 4})
        for (const int channels : {1, 3}) {
          const Image result =
              pipeline::result_picture(picture_with_white(1, white), scale, channels);
          CHECK(result.max_value() == static_cast<float>(white));
          CHECK(result.width() == scale * kWidth);
          CHECK(result.height() == scale * kHeight);
          CHECK(result.channels() == channels);
        }
  }

  TEST_CASE("a picture of 10 bits is restored as the same picture in floats, and keeps its white") {
    for (const bool turns : {false, true})
      for (const int channels : {1, 3}) {
        const Image picture = picture_with_white(channels, 1023);
        const Image floats = in_parts_of_white(picture);
        const DenoiseOptions denoising{
            .sigma = 20.0, .method = DenoiseMethod::NonlocalMeans, .self_ensemble = turns};
        CHECK(is_restored(picture, denoise(picture, nullptr, nullptr, denoising),
                          denoise(floats, nullptr, nullptr, denoising)));
        for (const int scale : {2, 4}) {
          const InterpolateOptions enlarging{.missing = MissingPixels::UpscaleGrid,
                                             .scale = scale,
                                             .method = ClassicalMethod::Bilinear,
                                             .self_ensemble = turns};
          CHECK(is_restored(picture, interpolate(picture, nullptr, nullptr, enlarging),
                            interpolate(floats, nullptr, nullptr, enlarging)));
        }
      }
  }
}
