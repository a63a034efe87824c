// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstring>
#include <string>

#include "base/grey_levels.h"
#include "base/random.h"
#include "tessera/error.h"
#include "tessera/observation.h"

namespace tessera {
namespace {

using base::kWhite8bit;

/// Every second pixel of every second row; `pixel_bytes` is one pixel with all its samples.
void copy_even_pixels(
    const std::byte* source, int width, int height, std::size_t pixel_bytes, std::byte* target) {
  for (int y = 0; y < height; y += 2)
    for (int x = 0; x < width; x += 2) {
      const std::size_t pixel = static_cast<std::size_t>(y) * width + x;
      std::memcpy(target, source + pixel * pixel_bytes, pixel_bytes);
      target += pixel_bytes;
    }
}

/// `count` samples over `white` as floats.
template <typename T>
void scale_samples(const std::byte* source, std::size_t count, float white, float* target) {
  const T* samples = reinterpret_cast<const T*>(source);
  for (std::size_t i = 0; i < count; ++i) target[i] = static_cast<float>(samples[i]) / white;
}

void scale_samples(const Image& image,
                   const std::byte* source,
                   std::size_t count,
                   std::byte* target) {
  auto* values = reinterpret_cast<float*>(target);
  switch (image.type()) {
    case SampleType::U8:
      return scale_samples<std::uint8_t>(source, count, image.max_value(), values);
    case SampleType::U16:
      return scale_samples<std::uint16_t>(source, count, image.max_value(), values);
    case SampleType::F32:
      return scale_samples<float>(source, count, image.max_value(), values);
  }
}

void require_pixels(const Image& image) {
  if (image.empty()) throw Error(ErrorCode::BadImage, "the picture has no pixels");
}

/// The picture as F32 in [0, 1], alpha and metadata with it.
Image unit_float_image(const Image& image) {
  Image result(image.width(), image.height(), image.channels(), SampleType::F32, image.has_alpha());
  scale_samples(image, image.colour(), image.samples(), result.colour());
  if (image.has_alpha()) scale_samples(image, image.alpha(), image.pixels(), result.alpha());
  result.set_max_value(1.0F);
  result.metadata = image.metadata;
  return result;
}

}  // namespace

Image decimate(const Image& image) {
  require_pixels(image);
  Image result((image.width() + 1) / 2, (image.height() + 1) / 2, image.channels(), image.type(),
               image.has_alpha());
  result.set_max_value(image.max_value());
  result.metadata = image.metadata;
  const auto size = static_cast<std::size_t>(bytes_per_sample(image.type()));
  copy_even_pixels(image.colour(), image.width(), image.height(),
                   size * static_cast<std::size_t>(image.channels()), result.colour());
  if (image.has_alpha())
    copy_even_pixels(image.alpha(), image.width(), image.height(), size, result.alpha());
  return result;
}

Image random_mask(int width, int height, double missing, std::uint64_t seed) {
  if (!(missing >= 0.0 && missing <= 1.0))
    throw Error(ErrorCode::InvalidArgument,
                "fraction of missing pixels: expected 0 to 1, found " + std::to_string(missing));
  if (width < 1 || height < 1)
    throw Error(ErrorCode::InvalidArgument, "mask: expected at least 1x1 pixels, found " +
                                                std::to_string(width) + "x" +
                                                std::to_string(height));
  Image mask(width, height, 1, SampleType::U8);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const std::uint64_t index = static_cast<std::uint64_t>(y) * width + x;
      const bool is_missing = base::random_uniform(seed, index) < missing;
      mask.colour_row<std::uint8_t>(y)[x] = is_missing ? 0 : 255;
    }
  return mask;
}

Image add_gaussian_noise(const Image& image, double sigma_8bit, std::uint64_t seed) {
  require_pixels(image);
  if (!(sigma_8bit >= 0.0) || std::isinf(sigma_8bit))
    throw Error(ErrorCode::InvalidArgument,
                "noise strength: expected 0 or more, found " + std::to_string(sigma_8bit));
  Image noisy = unit_float_image(image);
  const auto sigma = static_cast<float>(sigma_8bit / kWhite8bit);
  const std::uint64_t plane = static_cast<std::uint64_t>(image.width()) * image.height();
  for (int y = 0; y < image.height(); ++y) {
    float* sample = noisy.colour_row<float>(y);
    for (int x = 0; x < image.width(); ++x)
      for (int c = 0; c < image.channels(); ++c) {
        // Samples are interleaved here; the index runs over planes, as in the training code.
        const std::uint64_t index = c * plane + static_cast<std::uint64_t>(y) * image.width() + x;
        *sample++ += sigma * base::random_normal(seed, index);
      }
  }
  return noisy;
}

}  // namespace tessera
