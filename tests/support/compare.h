// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/random.h"
#include "tensor/tensor.h"

namespace tessera::test {

/// Largest |a - b|; infinity when shapes differ or a value is not finite.
inline double max_difference(TensorView<const float> a, TensorView<const float> b) {
  if (!(a.shape() == b.shape())) return INFINITY;
  double worst = 0.0;
  for (std::size_t i = 0; i < a.shape().count(); ++i) {
    const double difference = std::abs(static_cast<double>(a.data()[i]) - b.data()[i]);
    if (!std::isfinite(difference)) return INFINITY;
    worst = std::max(worst, difference);
  }
  return worst;
}

/// Largest |a|.
inline double max_abs(TensorView<const float> a) {
  double worst = 0.0;
  for (const float value : a.flat()) worst = std::max(worst, std::abs(static_cast<double>(value)));
  return worst;
}

/// max |difference| / max |expected|: what "relative error" means everywhere.
inline double relative_error(TensorView<const float> expected, TensorView<const float> found) {
  return max_difference(expected, found) / std::max(max_abs(expected), 1e-30);
}

/// Uniform in [low, high).
inline Tensor random_tensor(Shape shape, std::uint64_t seed, float low = 0.0F, float high = 1.0F) {
  Tensor tensor(shape);
  for (std::size_t i = 0; i < shape.count(); ++i)
    tensor.data()[i] = low + (high - low) * static_cast<float>(base::random_uniform(seed, i));
  return tensor;
}

/// The same value everywhere.
inline Tensor constant_tensor(Shape shape, float value) {
  Tensor tensor(shape);
  std::fill_n(tensor.data(), shape.count(), value);
  return tensor;
}

/// Inner product over all samples.
inline double dot(TensorView<const float> a, TensorView<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.shape().count(); ++i)
    sum += static_cast<double>(a.data()[i]) * b.data()[i];
  return sum;
}

}  // namespace tessera::test
