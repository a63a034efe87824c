// SPDX-License-Identifier: MIT
#include "nn/activation.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/assertion.h"
#include "base/bfloat16.h"
#include "base/machine/kernel_clones.h"
#include "base/threads/threads_inside.h"
#include "nn/elementwise.h"
#include "nn/feature_map_impl.h"

namespace tessera::nn {
namespace {

using base::bf16_from_float;
using base::float_from_bf16;
using Type = dnnl::memory::data_type;
using Bf16 = std::uint16_t;
constexpr int kPattern = 16;
using Slopes = std::array<float, kPattern>;
// Elements that a thread takes at a time: in its cache, and a multiple of every block.
constexpr std::ptrdiff_t kChunk = 16384;

TESSERA_KERNEL_CLONES void scale_negative_f32(float* data,
                                              std::ptrdiff_t count,
                                              const float* slopes) {
  std::ptrdiff_t i = 0;
  for (; i + kPattern <= count; i += kPattern)
    for (int k = 0; k < kPattern; ++k) {
      const float x = data[i + k], scaled = x * slopes[k];
      data[i + k] = x < 0.0F ? scaled : x;
    }
  for (int k = 0; i + k < count; ++k)
    if (data[i + k] < 0.0F) data[i + k] *= slopes[k];
}

TESSERA_KERNEL_CLONES void scale_negative_bf16(Bf16* data,
                                               std::ptrdiff_t count,
                                               const float* slopes) {
  std::ptrdiff_t i = 0;
  for (; i + kPattern <= count; i += kPattern)
    for (int k = 0; k < kPattern; ++k) {
      const float x = float_from_bf16(data[i + k]), scaled = x * slopes[k];
      data[i + k] = bf16_from_float(x < 0.0F ? scaled : x);
    }
  for (int k = 0; i + k < count; ++k) {
    const float x = float_from_bf16(data[i + k]);
    if (x < 0.0F) data[i + k] = bf16_from_float(x * slopes[k]);
  }
}

TESSERA_KERNEL_CLONES void add_f32(float* sum, const float* other, std::ptrdiff_t count) {
  for (std::ptrdiff_t i = 0; i < count; ++i) sum[i] += other[i];
}

TESSERA_KERNEL_CLONES void add_bf16(Bf16* sum, const Bf16* other, std::ptrdiff_t count) {
  for (std::ptrdiff_t i = 0; i < count; ++i)
    sum[i] = bf16_from_float(float_from_bf16(sum[i]) + float_from_bf16(other[i]));
}

template <typename Body>
void for_each_chunk(std::ptrdiff_t count, const Body& body) {
  const std::ptrdiff_t chunks = (count + kChunk - 1) / kChunk;
  base::for_each_inside(static_cast<int>(chunks), [&](int chunk) {
    body(chunk * kChunk, std::min(kChunk, count - chunk * kChunk));
  });
}

/// Elements [first, first + count) of the map, whose slopes repeat every kPattern elements.
void scale_negative(
    void* data, Type type, std::ptrdiff_t first, std::ptrdiff_t count, const Slopes& slopes) {
  for_each_chunk(count, [&](std::ptrdiff_t start, std::ptrdiff_t length) {
    if (type == Type::bf16)
      scale_negative_bf16(static_cast<Bf16*>(data) + first + start, length, slopes.data());
    else
      scale_negative_f32(static_cast<float*>(data) + first + start, length, slopes.data());
  });
}

std::ptrdiff_t stored_count(Shape shape, MapFormat format) {
  const bool blocked = format.layout == Layout::Blocked;
  return static_cast<std::ptrdiff_t>(shape.plane()) *
         (blocked ? padded_channels(shape.channels) : shape.channels);
}

}  // namespace

void prelu(FeatureMap& map, std::span<const float> slopes) {
  const FeatureMap::Impl& impl = map.impl();
  const int channels = impl.shape.channels;
  TESSERA_ASSERT(static_cast<int>(slopes.size()) == channels);
  const int block = impl.format.layout == Layout::Blocked ? channel_block() : 1;
  const auto stride = static_cast<std::ptrdiff_t>(impl.shape.plane()) * block;
  for (int first = 0; first < channels; first += block) {
    Slopes pattern;
    for (int k = 0; k < kPattern; ++k)
      pattern[k] = slopes[std::min(first + k % block, channels - 1)];
    scale_negative(impl.buffer.data(), impl.format.type, first / block * stride, stride, pattern);
  }
}

void add(FeatureMap::Impl& map, const void* other) {
  for_each_chunk(stored_count(map.shape, map.format),
                 [&](std::ptrdiff_t start, std::ptrdiff_t length) {
                   if (map.format.type == Type::bf16)
                     add_bf16(static_cast<Bf16*>(map.buffer.data()) + start,
                              static_cast<const Bf16*>(other) + start, length);
                   else
                     add_f32(static_cast<float*>(map.buffer.data()) + start,
                             static_cast<const float*>(other) + start, length);
                 });
}

}  // namespace tessera::nn
