// SPDX-License-Identifier: MIT
#include "image/convert.h"

#include <algorithm>
#include <atomic>
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
  for (int x = 0; x < width; ++x)
    row[x] = static_cast<float>(samples[static_cast<std::ptrdiff_t>(x) * stride]) / max_value;
}

/// The inverse of row_from_samples. The product is exact in double, so that halves are true halves.
template <typename T>
void samples_from_row(const float* row, int stride, int width, float max_value, T* samples) {
  for (int x = 0; x < width; ++x) {
    T& sample = samples[static_cast<std::ptrdiff_t>(x) * stride];
    if constexpr (std::is_same_v<T, float>) {
      sample = row[x] * max_value;
    } else {
      const double value = static_cast<double>(row[x]) * max_value;
      sample = static_cast<T>(std::clamp(value, 0.0, static_cast<double>(max_value)) + 0.5);
    }
  }
}

/// The first bad row is told, whichever thread met one first.
void require_finite(TensorView<const float> source, Region region) {
  const auto row_is_finite = [&](int c, int y) {
    return base::all_finite(
        {source.row(c, region.top + y) + region.left, static_cast<std::size_t>(region.width)});
  };
  std::atomic<bool> finite{true};
  base::for_each_inside(source.channels() * region.height, [&](int row) {
    if (!row_is_finite(row / region.height, row % region.height)) finite = false;
  });
  if (finite) return;
  for (int c = 0; c < source.channels(); ++c)
    for (int y = 0; y < region.height; ++y)
      if (!row_is_finite(c, y))
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

void image_from_tensor(
    TensorView<const float> source, Region region, Image& target, int top, int left) {
  TESSERA_ASSERT(source.channels() == target.channels());
  TESSERA_ASSERT(region.top >= 0 && region.top + region.height <= source.height());
  TESSERA_ASSERT(region.left >= 0 && region.left + region.width <= source.width());
  TESSERA_ASSERT(top >= 0 && top + region.height <= target.height());
  TESSERA_ASSERT(left >= 0 && left + region.width <= target.width());
  require_finite(source, region);
  const int channels = target.channels();
  with_sample_type(target.type(), [&]<typename T>(T) {
    base::for_each_inside(region.height, [&](int y) {
      T* samples = target.colour_row<T>(top + y) + static_cast<std::ptrdiff_t>(left) * channels;
      for (int c = 0; c < channels; ++c)
        samples_from_row(source.row(c, region.top + y) + region.left, channels, region.width,
                         target.max_value(), samples + c);
    });
  });
}

void image_from_tensor(TensorView<const float> source, Image& target, int top, int left) {
  image_from_tensor(source, {0, 0, source.height(), source.width()}, target, top, left);
}

}  // namespace tessera::image
