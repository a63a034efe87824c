// SPDX-License-Identifier: MIT
#include "nn/feature_map.h"

#include <cstring>

#include "base/assertion.h"
#include "base/threads/threads_inside.h"
#include "nn/feature_map_impl.h"

namespace tessera::nn {
namespace {

using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;

Desc describe(int channels, Shape shape, MapFormat format) {
  Tag tag = Tag::nchw;
  if (format.layout == Layout::Blocked) tag = channel_block() == 16 ? Tag::nChw16c : Tag::nChw8c;
  return Desc({1, channels, shape.height, shape.width}, format.type, tag);
}

dnnl::memory planar_memory(Shape shape, const float* planes) {
  // oneDNN has no memory of const; callers only read from it.
  return {meaningful_description(shape, MapFormat{}), cpu_engine(), const_cast<float*>(planes)};
}

/// Pixels (H, W, C) of a map (C, H, W).
dnnl::memory pixel_memory(Shape map, const float* pixels) {
  const Desc description({1, map.channels, map.height, map.width}, MapFormat{}.type, Tag::nhwc);
  return {description, cpu_engine(), const_cast<float*>(pixels)};
}

dnnl::memory meaningful(const FeatureMap::Impl& map) {
  return {meaningful_description(map.shape, map.format), cpu_engine(), map.buffer.data()};
}

}  // namespace

MapFormat assigned_format(int channels) {
  return {channels < channel_block() ? Layout::Planar : Layout::Blocked, MapFormat{}.type};
}

Desc description(Shape shape, MapFormat format) {
  const bool blocked = format.layout == Layout::Blocked;
  return describe(blocked ? padded_channels(shape.channels) : shape.channels, shape, format);
}

Desc meaningful_description(Shape shape, MapFormat format) {
  return describe(shape.channels, shape, format);
}

void FeatureMap::Impl::reset(Shape new_shape, MapFormat new_format) {
  buffer.take(description(new_shape, new_format).get_size());
  shape = new_shape;
  format = new_format;
}

dnnl::memory FeatureMap::Impl::memory() const {
  return {description(shape, format), cpu_engine(), buffer.data()};
}

void FeatureMap::Impl::take(const Impl& source) {
  TESSERA_ASSERT(shape == source.shape);
  reorder(meaningful(source), meaningful(*this));
}

FeatureMap blocked_copy(const FeatureMap::Impl& map) {
  FeatureMap blocked;
  blocked.impl().reset(map.shape, kBlockedF32);
  blocked.impl().take(map);
  return blocked;
}

FeatureMap::FeatureMap() : impl_(std::make_unique<Impl>()) {}
FeatureMap::~FeatureMap() = default;
FeatureMap::FeatureMap(FeatureMap&&) noexcept = default;
FeatureMap& FeatureMap::operator=(FeatureMap&&) noexcept = default;

Shape FeatureMap::shape() const { return impl_->shape; }

void FeatureMap::assign(TensorView<const float> planes) {
  impl_->reset(planes.shape(), assigned_format(planes.channels()));
  reorder(planar_memory(planes.shape(), planes.data()), meaningful(*impl_));
}

void FeatureMap::assign_pixels(TensorView<const float> pixels) {
  const Shape map{pixels.width(), pixels.channels(), pixels.height()};
  impl_->reset(map, {Layout::Blocked, MapFormat{}.type});
  reorder(pixel_memory(map, pixels.data()), meaningful(*impl_));
}

void FeatureMap::copy_to_pixels(TensorView<float> pixels) const {
  TESSERA_ASSERT((pixels.shape() == Shape{shape().height, shape().width, shape().channels}));
  reorder(meaningful(*impl_), pixel_memory(shape(), pixels.data()));
}

void FeatureMap::copy_to(TensorView<float> planes) const {
  TESSERA_ASSERT(planes.shape() == shape());
  reorder(meaningful(*impl_), planar_memory(planes.shape(), planes.data()));
}

void FeatureMap::crop(Region region) {
  const Shape old = shape();
  TESSERA_ASSERT(region.top >= 0 && region.top + region.height <= old.height);
  TESSERA_ASSERT(region.left >= 0 && region.left + region.width <= old.width);
  if (region == Region{0, 0, old.height, old.width}) return;
  const bool blocked = impl_->format.layout == Layout::Blocked;
  const std::size_t pixel =
      dnnl::memory::data_type_size(impl_->format.type) * (blocked ? channel_block() : 1);
  const int planes = blocked ? padded_channels(old.channels) / channel_block() : old.channels;
  Impl part;
  part.reset({old.channels, region.height, region.width}, impl_->format);
  const auto* const from = static_cast<const char*>(impl_->buffer.data());
  auto* const to = static_cast<char*>(part.buffer.data());
  const std::size_t row_bytes = region.width * pixel;
  base::for_each_inside(planes * region.height, [&](int row) {
    const int plane = row / region.height, y = region.top + row % region.height;
    const std::size_t first = (static_cast<std::size_t>(plane) * old.height + y) * old.width;
    std::memcpy(to + row * row_bytes, from + (first + region.left) * pixel, row_bytes);
  });
  impl_->buffer.swap(part.buffer);
  impl_->shape = part.shape;
}

}  // namespace tessera::nn
