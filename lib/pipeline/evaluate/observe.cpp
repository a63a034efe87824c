// SPDX-License-Identifier: MIT
#include "pipeline/evaluate/observe.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "base/grey_levels.h"
#include "image/sample_types.h"
#include "pipeline/evaluate/display_picture.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

/// Black to white, beyond which no denoiser takes its sigma.
constexpr double kStrongestTold = base::kWhite8bit;

/// Nothing of what is missing remains where somebody could look.
void blank_missing(const Image& mask, Image& picture) {
  image::with_sample_type(picture.type(), [&]<typename T>(T) {
    const int channels = picture.channels();
    for (int y = 0; y < picture.height(); ++y)
      for (int x = 0; x < picture.width(); ++x)
        if (mask.colour_row<std::uint8_t>(y)[x] == 0)
          for (int c = 0; c < channels; ++c) picture.colour_row<T>(y)[x * channels + c] = T{};
  });
}

}  // namespace

Observation observe(const Image& reference, const Degradation& degradation, double sigma) {
  Observation observed;
  observed.sigma = degradation.told_sigma.value_or(sigma);
  switch (degradation.task) {
    case Task::Demosaic:
      observed.picture = mosaic(reference, degradation.pattern);
      break;
    case Task::Upscale2:
      observed.picture = decimate(reference);
      break;
    case Task::Inpaint:
    case Task::Denoise:
      observed.picture = reference.clone();
      break;
  }
  if (sigma > 0.0 || degradation.task == Task::Denoise)
    observed.picture = add_gaussian_noise(observed.picture, sigma, degradation.seed);
  if (degradation.task == Task::Inpaint) {
    observed.mask =
        random_mask(reference.width(), reference.height(), degradation.missing, degradation.seed);
    blank_missing(*observed.mask, observed.picture);
  }
  return observed;
}

void check_degradation(const Degradation& degradation) {
  std::set<double> seen;
  const auto refuse_untold = [&](double sigma) {
    if (degradation.task == Task::Denoise && !(sigma >= 0.0 && sigma <= kStrongestTold))
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("noise strength: denoisers are told 0 to {} (8-bit grey levels), "
                              "found {}",
                              kStrongestTold, sigma));
  };
  if (degradation.told_sigma) refuse_untold(*degradation.told_sigma);
  for (const double sigma : degradation.sigmas) {
    if (!(sigma >= 0.0) || std::isinf(sigma))
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("noise strength: expected 0 or more, found {}", sigma));
    if (!degradation.told_sigma) refuse_untold(sigma);
    if (!seen.insert(sigma).second)
      throw Error(ErrorCode::InvalidArgument,
                  fmt::format("noise strength {} is given twice", sigma));
  }
  if (degradation.sigmas.empty())
    throw Error(ErrorCode::InvalidArgument, "no noise strength is given");
  if (!(degradation.missing >= 0.0 && degradation.missing < 1.0))
    throw Error(
        ErrorCode::InvalidArgument,
        fmt::format("fraction of missing pixels: expected 0 or more and less than 1, found {}",
                    degradation.missing));
}

}  // namespace tessera::pipeline

namespace tessera {

std::string text_from_degradation(const Degradation& degradation) {
  std::string text = "task " + name_of(degradation.task);
  if (degradation.task == Task::Demosaic) text += ", layout " + name_of(degradation.pattern);
  if (degradation.task == Task::Upscale2) text += ", even rows and columns kept";
  if (degradation.task == Task::Inpaint)
    text += fmt::format(", {:g} % of the pixels missing", 100.0 * degradation.missing);
  text += fmt::format(", noise sigma {} of 255", fmt::join(degradation.sigmas, ", "));
  if (degradation.told_sigma)
    text += fmt::format(" (methods are told {})", *degradation.told_sigma);
  return text +
         fmt::format(", not clipped, seed {}; results rounded as the originals", degradation.seed);
}

}  // namespace tessera
