// SPDX-License-Identifier: MIT
#include "pipeline/sources/measured_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/finite.h"
#include "image/sample_types.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

template <typename T>
bool is_zero_in_all_channels(const Image& image, const T* pixel) {
  return std::all_of(pixel, pixel + image.channels(), [](T value) { return value == T{0}; });
}

template <typename T>
void check_grey_pixel(const Image& mask, const T* pixel, int y, int x) {
  if (std::is_floating_point_v<T> && std::isnan(static_cast<float>(*pixel)))
    throw Error(ErrorCode::BadImage,
                fmt::format("the mask holds no number at row {}, column {}; 0 is missing, all else "
                            "measured",
                            y, x));
  if (mask.channels() == 3 && (pixel[0] != pixel[1] || pixel[0] != pixel[2]))
    throw Error(ErrorCode::BadImage,
                "the mask is a colour picture; a mask is grey, 0 where missing");
}

/// Calls is_missing(y, x, pixel of T) for each pixel of `image`.
template <typename T, typename Question>
void mark_missing(const Image& image, const Question& is_missing, MeasuredMap& map) {
  for (int y = 0; y < map.height; ++y) {
    const T* row = image.colour_row<T>(y);
    PixelState* states = map.states.data() + static_cast<std::size_t>(y) * map.width;
    for (int x = 0; x < map.width; ++x)
      if (is_missing(y, x, row + static_cast<std::size_t>(x) * image.channels()))
        states[x] = PixelState::Missing;
  }
}

/// Whether the mask has several values beside 0.
template <typename T>
bool has_grey(const Image& mask) {
  const T* first = mask.colour_row<T>(0);
  const T* last = first + mask.samples();
  const T* other = std::find_if(first, last, [](T value) { return value != T{0}; });
  return std::any_of(other, last, [&](T value) { return value != T{0} && value != *other; });
}

void mark_by_mask(const Image& observed, const Image* mask, MeasuredMap& map) {
  if (mask == nullptr) throw Error(ErrorCode::InvalidArgument, "no mask is given");
  if (mask->width() != observed.width() || mask->height() != observed.height())
    throw Error(ErrorCode::BadImage,
                fmt::format("the mask has {}x{} pixels, the picture {}x{}", mask->width(),
                            mask->height(), observed.width(), observed.height()));
  image::with_sample_type(mask->type(), [&]<typename T>(T) {
    mark_missing<T>(
        *mask,
        [&](int y, int x, const T* pixel) {
          check_grey_pixel(*mask, pixel, y, x);
          return is_zero_in_all_channels(*mask, pixel);
        },
        map);
    if (has_grey<T>(*mask))
      map.warning =
          "the mask has greys: only what is 0 is missing, and dark greys count as measured (a mask "
          "of two values leaves no doubt; JPEG keeps none)";
  });
}

/// The sample that `value` means: itself, or of floats the nearest.
/// Errors  BadImage when samples of type T cannot be it.
template <typename T>
T sample_from_value(double value) {
  constexpr bool kFloat = std::is_floating_point_v<T>;
  constexpr double kLowest{std::numeric_limits<T>::lowest()},
      kLargest{std::numeric_limits<T>::max()};
  const bool in_range = value >= kLowest && value <= kLargest;
  if (kFloat ? in_range || std::isinf(value) : in_range && value == std::trunc(value))
    return static_cast<T>(value);
  if (kFloat && std::isnan(value))
    throw Error(
        ErrorCode::BadImage,
        "no sample equals a missing value that is not a number (--mask nan marks such pixels)");
  throw Error(ErrorCode::BadImage,
              fmt::format("no sample can have the missing value {}: this picture holds {} from {} "
                          "to {} (give one of them)",
                          value, kFloat ? "floats" : "whole numbers", kLowest, kLargest));
}

void mark_by_value(const Image& observed, double value, MeasuredMap& map) {
  image::with_sample_type(observed.type(), [&]<typename T>(T) {
    const T missing = sample_from_value<T>(value);
    mark_missing<T>(
        observed,
        [&](int, int, const T* pixel) {
          return std::all_of(pixel, pixel + observed.channels(),
                             [missing](T sample) { return sample == missing; });
        },
        map);
  });
}

void mark_by_nan(const Image& observed, MeasuredMap& map) {
  if (observed.type() != SampleType::F32)
    throw Error(ErrorCode::BadImage, "only float pictures hold NaN; this one holds integers");
  mark_missing<float>(
      observed,
      [&](int, int, const float* pixel) {
        return !std::all_of(pixel, pixel + observed.channels(),
                            [](float sample) { return std::isfinite(sample); });
      },
      map);
}

/// Gives `state` to pixels of state `from` under alpha 0.
void mark_transparent(const Image& observed, PixelState from, PixelState state, MeasuredMap& map) {
  image::with_sample_type(observed.type(), [&]<typename T>(T) {
    for (int y = 0; y < map.height; ++y) {
      const T* alpha = observed.alpha_row<T>(y);
      PixelState* states = map.states.data() + static_cast<std::size_t>(y) * map.width;
      for (int x = 0; x < map.width; ++x)
        if (alpha[x] == T{0} && states[x] == from) states[x] = state;
    }
  });
}

/// What would have told a missing pixel.
const char* where_missing(MissingPixels missing) {
  if (missing == MissingPixels::MaskFile) return "the mask is 0 nowhere";
  if (missing == MissingPixels::MaskAlpha) return "alpha is 0 nowhere";
  if (missing == MissingPixels::NotANumber) return "every sample is a number";
  return "no pixel has the missing value";
}

std::int64_t count(const MeasuredMap& map, PixelState state) {
  return std::count(map.states.begin(), map.states.end(), state);
}

}  // namespace

MeasuredMap measured_map(const Image& observed,
                         const Image* mask,
                         const InterpolateOptions& options) {
  MeasuredMap map{observed.height(), observed.width(), {}};
  map.states.assign(static_cast<std::size_t>(map.height) * map.width, PixelState::Measured);
  const bool by_alpha = options.missing == MissingPixels::MaskAlpha;
  if (by_alpha && !observed.has_alpha())
    throw Error(ErrorCode::BadImage, "the picture has no alpha to mark missing pixels");
  if (by_alpha) mark_transparent(observed, PixelState::Measured, PixelState::Missing, map);
  if (options.missing == MissingPixels::MaskFile) mark_by_mask(observed, mask, map);
  if (options.missing == MissingPixels::Value) mark_by_value(observed, options.missing_value, map);
  if (options.missing == MissingPixels::NotANumber) mark_by_nan(observed, map);

  map.samples_differ = options.missing == MissingPixels::NotANumber;

  map.missing = count(map, PixelState::Missing);
  map.measured = static_cast<std::int64_t>(map.states.size()) - map.missing;
  if (map.missing == 0)
    map.warning = "nothing is missing: " + std::string(where_missing(options.missing));
  if (map.measured == 0)
    throw Error(ErrorCode::BadImage,
                fmt::format("nothing is measured: all {} pixels are missing", map.missing));
  if (observed.has_alpha()) {
    mark_transparent(observed, PixelState::Measured, PixelState::Hidden, map);
    // A picture that is nowhere visible is restored from what there is.
    if (count(map, PixelState::Hidden) == map.measured)
      std::replace(map.states.begin(), map.states.end(), PixelState::Hidden, PixelState::Measured);
  }
  return map;
}

void check_numbers(const Image& picture) {
  if (picture.type() != SampleType::F32) return;
  const std::size_t samples = picture.samples();
  if (!base::all_finite({picture.colour_row<float>(0), samples}))
    throw Error(ErrorCode::BadImage,
                "the picture holds samples that are not numbers (interpolate --mask nan restores "
                "them)");
}

void check_measured_numbers(const Image& observed, const MeasuredMap& map) {
  if (observed.type() != SampleType::F32) return;
  for (int y = 0; y < map.height; ++y) {
    const float* pixel = observed.colour_row<float>(y);
    for (int x = 0; x < map.width; ++x, pixel += observed.channels())
      if (map.at(y, x) == PixelState::Measured &&
          !std::all_of(pixel, pixel + observed.channels(),
                       [](float sample) { return std::isfinite(sample); }))
        throw Error(ErrorCode::BadImage,
                    fmt::format("the measured pixel at column {}, row {} is not a number "
                                "(--mask nan restores such pixels)",
                                x, y));
  }
}

}  // namespace tessera::pipeline
