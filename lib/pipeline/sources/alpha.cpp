// SPDX-License-Identifier: MIT
#include "pipeline/sources/alpha.h"

#include <algorithm>
#include <cmath>

#include "base/assertion.h"
#include "image/convert.h"
#include "image/sample_types.h"
#include "observation/sampling.h"
#include "pipeline/tiles/memory.h"

namespace tessera::pipeline {
namespace {

template <typename T>
T rounded(double value) {
  return std::is_same_v<T, float> ? static_cast<T>(value) : static_cast<T>(std::floor(value + 0.5));
}

/// Where a row or column of the enlargement lies between two of the source.
struct Between {
  int first, second;
  double weight;  ///< of the second
};

Between between(int position, int step, int extent) {
  const int first = position / step;
  return {first, std::min(first + 1, extent - 1), static_cast<double>(position % step) / step};
}

template <typename T>
const T* alpha_samples(const Image& image) {
  return image.alpha_row<T>(0);
}

/// 1 where visible, 0 under alpha 0.
Tensor visible_mask(const Image& image) {
  Tensor mask(1, image.height(), image.width());
  image::with_sample_type(image.type(), [&]<typename T>(T) {
    std::transform(alpha_samples<T>(image), alpha_samples<T>(image) + image.pixels(), mask.data(),
                   [](T alpha) { return alpha == T{0} ? 0.0F : 1.0F; });
  });
  return mask;
}

}  // namespace

void enlarge_alpha(const Image& source, int step, Image& target) {
  image::with_sample_type(source.type(), [&]<typename T>(T) {
    for (int y = 0; y < target.height(); ++y) {
      const Between row = between(y, step, source.height());
      const T* upper = source.alpha_row<T>(row.first);
      const T* lower = source.alpha_row<T>(row.second);
      T* to = target.alpha_row<T>(y);
      for (int x = 0; x < target.width(); ++x) {
        const Between column = between(x, step, source.width());
        const double top = upper[column.first] +
                           column.weight * (double(upper[column.second]) - upper[column.first]);
        const double bottom = lower[column.first] +
                              column.weight * (double(lower[column.second]) - lower[column.first]);
        to[x] = rounded<T>(top + row.weight * (bottom - top));
      }
    }
  });
}

void make_transparent_opaque(Image& image) {
  image::with_sample_type(image.type(), [&]<typename T>(T) {
    T* alpha = image.alpha_row<T>(0);
    std::replace(alpha, alpha + image.pixels(), T{0}, static_cast<T>(image.max_value()));
  });
}

bool has_hidden_pixels(const Image& image) {
  if (!image.has_alpha()) return false;
  return image::with_sample_type(image.type(), [&]<typename T>(T) {
    const T* alpha = alpha_samples<T>(image);
    return std::find(alpha, alpha + image.pixels(), T{0}) != alpha + image.pixels();
  });
}

Image with_hidden_colour_filled(const Image& image, std::int64_t memory) {
  Image filled = image.clone();
  const Tensor mask = visible_mask(image);
  const float* visible = mask.data();
  if (std::all_of(visible, visible + image.pixels(), [](float v) { return v == 0.0F; }))
    return filled;
  require_memory(static_cast<double>(image.pixels()) * sizeof(float) * (2 * image.channels() + 6),
                 memory, "filling in the colours under alpha 0");
  Tensor planes = image::tensor_from_image(image), estimate(planes.shape());
  for (int c = 0; c < planes.channels(); ++c) {
    float* plane = planes.view().plane(c);
    for (std::size_t i = 0; i < image.pixels(); ++i)
      if (visible[i] == 0.0F) plane[i] = 0.0F;
    observation::pull_push_estimate(planes.view().channels(c, 1), mask,
                                    estimate.view().channels(c, 1));
  }
  image::image_from_tensor(estimate, filled, 0, 0);
  return filled;
}

}  // namespace tessera::pipeline
