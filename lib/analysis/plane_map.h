// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "tensor/tensor.h"

namespace tessera::analysis {

/// A function of planes, linear or not, that keeps the shape: what is to be measured.
/// Shapes  in, out (C, H, W); they do not alias.
using PlaneMap = std::function<void(TensorView<const float> in, TensorView<float> out)>;

/// <a, b> in double, in a fixed order.
double dot(TensorView<const float> a, TensorView<const float> b);
/// |a| = sqrt(<a, a>).
double norm(TensorView<const float> a);
/// b - a as a tensor of its own.
Tensor difference(TensorView<const float> a, TensorView<const float> b);
/// Standard normal numbers of the library's generator.
Tensor white_noise(Shape shape, std::uint64_t seed);
/// Plus one or minus one with equal chance.
Tensor random_signs(Shape shape, std::uint64_t seed);

}  // namespace tessera::analysis
