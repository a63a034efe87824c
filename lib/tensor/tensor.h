// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <utility>

#include "tensor/tensor_view.h"

namespace tessera {

/// Owned block of floats, shape (C, H, W), planar, 64-byte aligned, zero-filled at birth.
/// Pictures are in [0, 1].
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(Shape shape);
  Tensor(int channels, int height, int width) : Tensor(Shape{channels, height, width}) {}
  /// One whose values are still to be written.
  static Tensor uninitialised(Shape shape);
  /// What is moved from is empty.
  Tensor(Tensor&& other) noexcept
      : data_(std::move(other.data_)), shape_(std::exchange(other.shape_, {})) {}
  Tensor& operator=(Tensor&& other) noexcept {
    data_ = std::move(other.data_);
    shape_ = std::exchange(other.shape_, {});
    return *this;
  }
  /// An explicit deep copy.
  Tensor clone() const;

  Shape shape() const { return shape_; }
  int channels() const { return shape_.channels; }
  int height() const { return shape_.height; }
  int width() const { return shape_.width; }
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  TensorView<float> view() { return {data_.get(), shape_}; }
  TensorView<const float> view() const { return {data_.get(), shape_}; }
  operator TensorView<float>() { return view(); }
  operator TensorView<const float>() const { return view(); }
  float& operator()(int c, int y, int x) { return view()(c, y, x); }
  float operator()(int c, int y, int x) const { return view()(c, y, x); }

 private:
  struct Free {
    void operator()(float* pointer) const noexcept;
  };
  std::unique_ptr<float[], Free> data_;
  Shape shape_;
};

/// A rectangle of pixels: rows [top, top + height), columns [left, left + width).
struct Region {
  int top = 0, left = 0, height = 0, width = 0;
  friend bool operator==(const Region&, const Region&) = default;
};

/// Copies the part `region` of `source`; every channel.
/// Requires the region inside the source; target has its size.
void copy_region(TensorView<const float> source, Region region, TensorView<float> target);
/// Copies `source` into `target` with its top left corner at (top, left).
void paste_region(TensorView<const float> source, TensorView<float> target, int top, int left);
/// out channel c*4 + 2*row + col, at half size; H and W even. Same order as PyTorch's.
void pixel_unshuffle2(TensorView<const float> source, TensorView<float> target);
/// The inverse of pixel_unshuffle2.
void pixel_shuffle2(TensorView<const float> source, TensorView<float> target);

}  // namespace tessera
