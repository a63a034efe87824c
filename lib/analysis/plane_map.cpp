// SPDX-License-Identifier: MIT
#include "analysis/plane_map.h"

#include <cmath>

#include "base/random.h"

namespace tessera::analysis {

double dot(TensorView<const float> a, TensorView<const float> b) {
  TESSERA_ASSERT(a.shape() == b.shape());
  double sum = 0.0;
  for (std::size_t i = 0; i < a.shape().count(); ++i)
    sum += static_cast<double>(a.data()[i]) * b.data()[i];
  return sum;
}

double norm(TensorView<const float> a) { return std::sqrt(dot(a, a)); }

Tensor difference(TensorView<const float> a, TensorView<const float> b) {
  TESSERA_ASSERT(a.shape() == b.shape());
  Tensor result(a.shape());
  for (std::size_t i = 0; i < a.shape().count(); ++i) result.data()[i] = b.data()[i] - a.data()[i];
  return result;
}

Tensor white_noise(Shape shape, std::uint64_t seed) {
  Tensor noise(shape);
  for (std::size_t i = 0; i < shape.count(); ++i) noise.data()[i] = base::random_normal(seed, i);
  return noise;
}

Tensor random_signs(Shape shape, std::uint64_t seed) {
  Tensor signs(shape);
  for (std::size_t i = 0; i < shape.count(); ++i)
    signs.data()[i] = base::random_uniform(seed, i) < 0.5 ? -1.0F : 1.0F;
  return signs;
}

}  // namespace tessera::analysis
