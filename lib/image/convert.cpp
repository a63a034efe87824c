// SPDX-License-Identifier: MIT
#include "image/convert.h"

#include <algorithm>
#include <string>
#include <type_traits>

#include "base/finite.h"
#include "base/threads/threads_inside.h"
#include "image/sample_types.h"
#include "tessera/error.h"

namespace tessera::image {

namespace {

/// One row of one plane; `samples` steps by `stride`.
template <typename T>
void row_from_samples(const T* samples, int stride, int width, float max_value, float* row) {
  for (int x = 0; x < width; ++x) {
    const auto sample = static_cast<float>(samples[static_cast<std::ptrdiff_t>(x) * stride]);
    if constexpr (std::is_same_v<T, float>)
      row[x] = sample;
    else
      row[x] = sample / max_value;
  }
}

/// The inverse of row_from_samples. The product is exact in double, so that halves are true halves.
template <typename T>
void samples_from_row(const float* row, int stride, int width, float max_value, T* samples) {
  for (int x = 0; x < width; ++x) {
    T& sample = samples[static_cast<std::ptrdiff_t>(x) * stride];
    if constexpr (std::is_same_v<T, float>) {
      sample = row[x];
    } else {
      const double value = static_cast<double>(row[x]) * max_value;
      sample = static_cast<T>(std::clamp(value, 0.0, static_cast<double>(max_value)) + 0.5);
    }
  }
}

void require_finite(TensorView<const float> source) {
  for (int c = 0; c < source.channels(); ++c)
    for (int y = 0; y < source.height(); ++y)
      if (!base::all_finite({source.row(c, y), static_cast<std::size_t>(source.width())}))
        throw Error(ErrorCode::BadImage, "result is not finite in channel " + std::to_string(c) +
                                             ", row " + std::to_string(y) +
                                             " (no picture is written)");
}

}  // namespace

void tensor_from_image(const Image& source, Region region, TensorView<float> target) {
  TESSERA_ASSERT(target.shape() == (Shape{source.channels(), region.height, region.width}));
  TESSERA_ASSERT(region.top >= 0 && region.top + region.height <= source.height());
  TESSERA_ASSERT(region.left >= 0 && region.left + region.width <= source.width());
  const int channels = source.channels();
  with_sample_type(source.type(), [&]<typename T>(T) {
    base::for_each_inside(region.height, [&](int y) {
      const T* samples = source.colour_row<T>(region.top + y) +
                         static_cast<std::ptrdiff_t>(region.left) * channels;
      for (int c = 0; c < channels; ++c)
        row_from_samples(samples + c, channels, region.width, source.max_value(), target.row(c, y));
    });
  });
}

Tensor tensor_from_image(const Image& source) {
  Tensor tensor(source.channels(), source.height(), source.width());
  tensor_from_image(source, Region{0, 0, source.height(), source.width()}, tensor);
  return tensor;
}

void image_from_tensor(TensorView<const float> source, Image& target, int top, int left) {
  TESSERA_ASSERT(source.channels() == target.channels());
  TESSERA_ASSERT(top >= 0 && top + source.height() <= target.height());
  TESSERA_ASSERT(left >= 0 && left + source.width() <= target.width());
  require_finite(source);
  const int channels = target.channels();
  with_sample_type(target.type(), [&]<typename T>(T) {
    base::for_each_inside(source.height(), [&](int y) {
      T* samples = target.colour_row<T>(top + y) + static_cast<std::ptrdiff_t>(left) * channels;
      for (int c = 0; c < channels; ++c)
        samples_from_row(source.row(c, y), channels, source.width(), target.max_value(),
                         samples + c);
    });
  });
}

}  // namespace tessera::image
