// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <type_traits>

#include "base/assertion.h"
#include "tensor/shape.h"

namespace tessera {

/// Borrowed block of floats, shape (C, H, W), planar, contiguous.
/// A view never owns and never outlives its Tensor; copying it copies no pixels.
template <typename T>  // float or const float
class TensorView {
 public:
  TensorView() = default;
  TensorView(T* data, Shape shape) : data_(data), shape_(shape) {}
  /// float views convert to const float views.
  template <typename U>
  requires(std::is_const_v<T>&& std::is_same_v<std::remove_const_t<T>, U>)
      TensorView(const TensorView<U>& other)
      : data_(other.data()), shape_(other.shape()) {}

  Shape shape() const { return shape_; }
  int channels() const { return shape_.channels; }
  int height() const { return shape_.height; }
  int width() const { return shape_.width; }
  T* data() const { return data_; }
  bool empty() const { return data_ == nullptr; }
  std::span<T> flat() const { return {data_, shape_.count()}; }

  /// The H*W values of plane c.
  T* plane(int c) const {
    TESSERA_ASSERT(c >= 0 && c < shape_.channels);
    return data_ + static_cast<std::size_t>(c) * shape_.plane();
  }
  /// The W values of row y of plane c.
  T* row(int c, int y) const {
    TESSERA_ASSERT(y >= 0 && y < shape_.height);
    return plane(c) + static_cast<std::size_t>(y) * shape_.width;
  }
  T& operator()(int c, int y, int x) const { return row(c, y)[x]; }

  /// Planes [first, first + count) as a view of their own.
  TensorView channels(int first, int count) const {
    TESSERA_ASSERT(first >= 0 && first + count <= shape_.channels);
    return {data_ + static_cast<std::size_t>(first) * shape_.plane(),
            Shape{count, shape_.height, shape_.width}};
  }

 private:
  T* data_ = nullptr;
  Shape shape_;
};

}  // namespace tessera
