// SPDX-License-Identifier: MIT
#include "pipeline/batch/output_form.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.h"
#include "image/sample_types.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

/// Any fixed seed: two runs make the same file.
constexpr std::uint64_t kDitherSeed = 0x7e55e7a;

/// The nearest level, or with `dither` one of the two nearest, in the mean the value itself.
/// A value that is a level stays that level.
template <typename To>
To level_from(double value, bool dither, std::uint64_t index) {
  if (!std::isfinite(value))
    throw Error(ErrorCode::BadImage, "the result is not finite and has no integer depth");
  const double white = image::white_of(sizeof(To) == 1 ? SampleType::U8 : SampleType::U16);
  const double clamped = std::clamp(value, 0.0, white);
  if (!dither) return static_cast<To>(std::lround(clamped));
  return static_cast<To>(std::floor(clamped + base::random_uniform(kDitherSeed, index)));
}

/// `count` samples whose white is `white`, at the depth of `To`.
template <typename From, typename To>
void convert(const From* from, std::size_t count, double white, bool dither, To* to) {
  if constexpr (std::is_same_v<To, float>) {
    for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i] / white);
  } else {
    const double full = image::white_of(sizeof(To) == 1 ? SampleType::U8 : SampleType::U16);
    for (std::size_t i = 0; i < count; ++i)
      to[i] = level_from<To>(from[i] * full / white, dither, i);
  }
}

void take_descriptions(Image& from, Image& to) {
  to.metadata = std::move(from.metadata);
  to.warnings = std::move(from.warnings);
}

Image at_depth(Image picture, SampleType type, bool dither) {
  if (picture.type() == type) return picture;
  Image result(picture.width(), picture.height(), picture.channels(), type, picture.has_alpha());
  result.set_max_value(image::white_of(type));
  image::with_sample_type(picture.type(), [&]<typename From>(From) {
    image::with_sample_type(type, [&]<typename To>(To) {
      const double white = picture.max_value();
      convert(picture.colour_row<From>(0), picture.samples(), white, dither,
              result.colour_row<To>(0));
      if (picture.has_alpha())
        convert(picture.alpha_row<From>(0), picture.pixels(), white, false,
                result.alpha_row<To>(0));
    });
  });
  take_descriptions(picture, result);
  return result;
}

bool is_grey(const BackgroundColour& colour) {
  return colour[0] == colour[1] && colour[0] == colour[2];
}

/// A grey picture over a colour is in colour.
Image over(Image picture, const BackgroundColour& colour) {
  if (!picture.has_alpha()) return picture;
  const auto from_channels = static_cast<std::size_t>(picture.channels());
  const std::size_t channels = from_channels == 1 && is_grey(colour) ? 1 : 3;
  Image result(picture.width(), picture.height(), static_cast<int>(channels), picture.type());
  result.set_max_value(picture.max_value());
  image::with_sample_type(picture.type(), [&]<typename T>(T) {
    const double white = picture.max_value();
    const T* alpha = picture.alpha_row<T>(0);
    const T* from = picture.colour_row<T>(0);
    T* to = result.colour_row<T>(0);
    for (std::size_t i = 0; i < picture.pixels() * channels; ++i) {
      const std::size_t pixel = i / channels, c = i % channels;
      const double behind = white * colour[c], cover = alpha[pixel] / white;
      const double own = from[from_channels == 1 ? pixel : i];
      // What nobody sees may be no number.
      const double mixed = cover > 0.0 ? cover * own + (1.0 - cover) * behind : behind;
      to[i] = static_cast<T>(std::is_same_v<T, float> ? mixed : std::floor(mixed + 0.5));
    }
  });
  take_descriptions(picture, result);
  return result;
}

template <typename T>
bool is_grey_as(const Image& picture) {
  const T* sample = picture.colour_row<T>(0);
  for (const T* end = sample + 3 * picture.pixels(); sample != end; sample += 3)
    if (sample[0] != sample[1] || sample[0] != sample[2]) return false;
  return true;
}

/// One channel of three equal ones. The profile of a colour picture does not fit it.
Image grey_when_equal(Image picture) {
  const bool is_grey =
      picture.channels() == 3 && image::with_sample_type(picture.type(), [&](auto zero) {
        return is_grey_as<decltype(zero)>(picture);
      });
  if (!is_grey) return picture;
  Image result(picture.width(), picture.height(), 1, picture.type(), picture.has_alpha());
  result.set_max_value(picture.max_value());
  image::with_sample_type(picture.type(), [&]<typename T>(T) {
    const T* from = picture.colour_row<T>(0);
    for (std::size_t i = 0; i < picture.pixels(); ++i) result.colour_row<T>(0)[i] = from[3 * i];
    if (picture.has_alpha())
      std::copy_n(picture.alpha_row<T>(0), picture.pixels(), result.alpha_row<T>(0));
  });
  take_descriptions(picture, result);
  return result;
}

}  // namespace

void check_form(const OutputForm& form) {
  if (!form.background) return;
  for (const double level : *form.background)
    if (!(level >= 0.0 && level <= 1.0))
      throw Error(ErrorCode::InvalidArgument, "a background colour is three numbers from 0 to 1");
}

Image at_finer_depth(Image picture, const OutputForm& form) {
  if (!form.depth || bytes_per_sample(*form.depth) <= bytes_per_sample(picture.type()))
    return picture;
  return at_depth(std::move(picture), *form.depth, false);
}

Image in_form(Image result, const OutputForm& form) {
  if (form.grey_when_equal) result = grey_when_equal(std::move(result));
  if (form.background) result = over(std::move(result), *form.background);
  if (form.depth) result = at_depth(std::move(result), *form.depth, form.dither);
  return result;
}

ImageSize size_in_form(ImageSize size, const OutputForm& form) {
  if (form.depth) size.type = *form.depth;
  return size;
}

}  // namespace tessera::pipeline
