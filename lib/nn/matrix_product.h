// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>

#include "nn/conv2d.h"

namespace tessera::nn {

/// What one linear map of pixels is. The number of rows is fixed, so that a row has the same bits
/// whatever picture or tile it comes from.
struct LinearSpec {
  int rows = 0, in = 0, out = 0;
  Activation activation = Activation::None;  ///< None or Relu
};

/// y = activation(x W' + b) for so many rows at a time, executed by oneDNN in the calling thread.
///
/// Shapes   weights (out, in) row-major, bias (out); x (rows, in), y (rows, out).
/// Threads  const use from many threads at once.
class Linear {
 public:
  Linear(const LinearSpec& spec, std::span<const float> weights, std::span<const float> bias);
  ~Linear();
  Linear(Linear&&) noexcept;
  Linear& operator=(Linear&&) noexcept;

  const LinearSpec& spec() const;
  void forward(std::span<const float> x, std::span<float> y) const;
  /// Name oneDNN gives the implementation.
  std::string implementation() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a batch of products is: `batch` times (rows, inner) with (inner, columns).
struct ProductSpec {
  int batch = 0, rows = 0, inner = 0, columns = 0;
  bool transposed = false;  ///< the right matrices are held as (columns, inner)
};

/// c_k = a_k b_k, or a_k b_k', for a batch of dense matrices one behind the other, executed by
/// oneDNN in the calling thread.
///
/// Shapes   a (batch, rows, inner), b (batch, inner, columns) or (batch, columns, inner),
///          c (batch, rows, columns).
/// Threads  const use from many threads at once.
class BatchedProduct {
 public:
  explicit BatchedProduct(const ProductSpec& spec);
  ~BatchedProduct();
  BatchedProduct(BatchedProduct&&) noexcept;
  BatchedProduct& operator=(BatchedProduct&&) noexcept;

  void forward(std::span<const float> a, std::span<const float> b, std::span<float> c) const;
  /// Name oneDNN gives the implementation.
  std::string implementation() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tessera::nn
