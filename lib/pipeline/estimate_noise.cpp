// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "pipeline/denoise/noise_within.h"
#include "pipeline/sources/noise_level.h"
#include "tessera/denoise.h"
#include "tessera/error.h"

namespace tessera {

double estimate_noise(const Image& image) {
  auto deviation = pipeline::noise_within(image, pipeline::uncut_range(image));
  // A picture that is clipped everywhere: black on white, say.
  if (!deviation) deviation = pipeline::noise_within(image, {});
  if (!deviation)
    throw Error(ErrorCode::BadImage,
                fmt::format("{}x{} pixels are too few to estimate the noise (give --sigma)",
                            image.width(), image.height()));
  return pipeline::kWhite8bit * *deviation;
}

}  // namespace tessera
