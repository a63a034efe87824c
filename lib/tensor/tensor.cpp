// SPDX-License-Identifier: MIT
#include "tensor/tensor.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace tessera {
namespace {

/// A cache line, and the widest vector register.
constexpr std::size_t kAlignment = 64;

}  // namespace

void Tensor::Free::operator()(float* pointer) const noexcept { std::free(pointer); }

Tensor::Tensor(Shape shape) : shape_(shape) {
  TESSERA_ASSERT(shape.channels >= 0 && shape.height >= 0 && shape.width >= 0);
  if (shape.count() == 0) return;
  const std::size_t bytes =
      (shape.count() * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
  data_.reset(static_cast<float*>(std::aligned_alloc(kAlignment, bytes)));
  if (!data_) throw std::bad_alloc();
  std::memset(data_.get(), 0, bytes);
}

Tensor Tensor::clone() const {
  Tensor copy(shape_);
  std::copy_n(data_.get(), shape_.count(), copy.data());
  return copy;
}

void copy_region(TensorView<const float> source, Region region, TensorView<float> target) {
  TESSERA_ASSERT(region.top >= 0 && region.top + region.height <= source.height());
  TESSERA_ASSERT(region.left >= 0 && region.left + region.width <= source.width());
  TESSERA_ASSERT((target.shape() == Shape{source.channels(), region.height, region.width}));
  for (int c = 0; c < source.channels(); ++c)
    for (int y = 0; y < region.height; ++y)
      std::copy_n(source.row(c, region.top + y) + region.left, region.width, target.row(c, y));
}

void paste_region(TensorView<const float> source, TensorView<float> target, int top, int left) {
  TESSERA_ASSERT(source.channels() == target.channels());
  TESSERA_ASSERT(top >= 0 && top + source.height() <= target.height());
  TESSERA_ASSERT(left >= 0 && left + source.width() <= target.width());
  for (int c = 0; c < source.channels(); ++c)
    for (int y = 0; y < source.height(); ++y)
      std::copy_n(source.row(c, y), source.width(), target.row(c, top + y) + left);
}

void pixel_unshuffle2(TensorView<const float> source, TensorView<float> target) {
  TESSERA_ASSERT(source.height() % 2 == 0 && source.width() % 2 == 0);
  TESSERA_ASSERT(
      (target.shape() == Shape{4 * source.channels(), source.height() / 2, source.width() / 2}));
  for (int c = 0; c < source.channels(); ++c)
    for (int y = 0; y < source.height(); ++y) {
      const float* in = source.row(c, y);
      float* even = target.row(4 * c + 2 * (y % 2), y / 2);
      float* odd = target.row(4 * c + 2 * (y % 2) + 1, y / 2);
      for (int x = 0; x < target.width(); ++x) {
        even[x] = in[2 * x];
        odd[x] = in[2 * x + 1];
      }
    }
}

void pixel_shuffle2(TensorView<const float> source, TensorView<float> target) {
  TESSERA_ASSERT(
      (source.shape() == Shape{4 * target.channels(), target.height() / 2, target.width() / 2}));
  TESSERA_ASSERT(target.height() % 2 == 0 && target.width() % 2 == 0);
  for (int c = 0; c < target.channels(); ++c)
    for (int y = 0; y < target.height(); ++y) {
      const float* even = source.row(4 * c + 2 * (y % 2), y / 2);
      const float* odd = source.row(4 * c + 2 * (y % 2) + 1, y / 2);
      float* out = target.row(c, y);
      for (int x = 0; x < source.width(); ++x) {
        out[2 * x] = even[x];
        out[2 * x + 1] = odd[x];
      }
    }
}

}  // namespace tessera
