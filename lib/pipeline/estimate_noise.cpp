// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "image/sample_types.h"
#include "pipeline/denoise/noise_within.h"
#include "pipeline/sources/noise_level.h"
#include "tessera/denoise.h"
#include "tessera/error.h"

namespace tessera {
namespace {

/// Below this, in 8-bit grey levels, what is found is rounding of the arithmetic.
constexpr double kSmallestTold = 0.01;

/// Black and white and nothing between: letters, say, which are not noise.
bool is_black_and_white(const Image& image) {
  const std::size_t samples = image.samples();
  return image::with_sample_type(image.type(), [&]<typename T>(T) {
    const T* first = image.colour_row<T>(0);
    const T white = static_cast<T>(image.max_value());
    return std::all_of(first, first + samples,
                       [white](T sample) { return sample == T{0} || sample == white; });
  });
}

}  // namespace

double estimate_noise(const Image& image) {
  if (image.empty()) throw Error(ErrorCode::BadImage, "the picture is empty");
  auto deviation = pipeline::noise_within(image, pipeline::uncut_range(image));
  if (!deviation && is_black_and_white(image)) return 0.0;
  // A picture that is clipped nearly everywhere.
  if (!deviation) deviation = pipeline::noise_within(image, {});
  if (!deviation)
    throw Error(ErrorCode::BadImage,
                fmt::format("{}x{} pixels are too few to estimate the noise (give --sigma)",
                            image.width(), image.height()));
  const double sigma = pipeline::kWhite8bit * *deviation;
  return sigma < kSmallestTold ? 0.0 : sigma;
}

}  // namespace tessera
