// SPDX-License-Identifier: MIT
#include "tensor/tensor.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/machine/large_memory.h"
#include "base/threads/threads_inside.h"

namespace tessera {

void Tensor::Free::operator()(float* pointer) const noexcept { std::free(pointer); }

Tensor Tensor::uninitialised(Shape shape) {
  TESSERA_ASSERT(shape.channels >= 0 && shape.height >= 0 && shape.width >= 0);
  Tensor tensor;
  tensor.shape_ = shape;
  if (shape.count() > 0)
    tensor.data_.reset(static_cast<float*>(base::allocate_numbers(shape.count() * sizeof(float))));
  return tensor;
}

Tensor::Tensor(Shape shape) : Tensor(uninitialised(shape)) {
  if (data_) std::memset(data_.get(), 0, shape.count() * sizeof(float));
}

Tensor Tensor::clone() const {
  Tensor copy = uninitialised(shape_);
  std::copy_n(data_.get(), shape_.count(), copy.data());
  return copy;
}

void copy_region(TensorView<const float> source, Region region, TensorView<float> target) {
  TESSERA_ASSERT(region.top >= 0 && region.top + region.height <= source.height());
  TESSERA_ASSERT(region.left >= 0 && region.left + region.width <= source.width());
  TESSERA_ASSERT((target.shape() == Shape{source.channels(), region.height, region.width}));
  base::for_each_inside(source.channels() * region.height, [&](int row) {
    const int c = row / region.height, y = row % region.height;
    std::copy_n(source.row(c, region.top + y) + region.left, region.width, target.row(c, y));
  });
}

void paste_region(TensorView<const float> source, TensorView<float> target, int top, int left) {
  TESSERA_ASSERT(source.channels() == target.channels());
  TESSERA_ASSERT(top >= 0 && top + source.height() <= target.height());
  TESSERA_ASSERT(left >= 0 && left + source.width() <= target.width());
  base::for_each_inside(source.channels() * source.height(), [&](int row) {
    const int c = row / source.height(), y = row % source.height();
    std::copy_n(source.row(c, y), source.width(), target.row(c, top + y) + left);
  });
}

void pixel_unshuffle2(TensorView<const float> source, TensorView<float> target) {
  TESSERA_ASSERT(source.height() % 2 == 0 && source.width() % 2 == 0);
  TESSERA_ASSERT(
      (target.shape() == Shape{4 * source.channels(), source.height() / 2, source.width() / 2}));
  base::for_each_inside(source.height(), [&](int y) {
    for (int c = 0; c < source.channels(); ++c) {
      const float* in = source.row(c, y);
      float* even = target.row(4 * c + 2 * (y % 2), y / 2);
      float* odd = target.row(4 * c + 2 * (y % 2) + 1, y / 2);
      for (int x = 0; x < target.width(); ++x) {
        even[x] = in[2 * x];
        odd[x] = in[2 * x + 1];
      }
    }
  });
}

void pixel_shuffle2(TensorView<const float> source, TensorView<float> target) {
  TESSERA_ASSERT(
      (source.shape() == Shape{4 * target.channels(), target.height() / 2, target.width() / 2}));
  TESSERA_ASSERT(target.height() % 2 == 0 && target.width() % 2 == 0);
  base::for_each_inside(target.height(), [&](int y) {
    for (int c = 0; c < target.channels(); ++c) {
      const float* even = source.row(4 * c + 2 * (y % 2), y / 2);
      const float* odd = source.row(4 * c + 2 * (y % 2) + 1, y / 2);
      float* out = target.row(c, y);
      for (int x = 0; x < source.width(); ++x) {
        out[2 * x] = even[x];
        out[2 * x + 1] = odd[x];
      }
    }
  });
}

}  // namespace tessera
