// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "model/training_form/fold.h"

namespace tessera::test {

/// Numbers of the sizes that section 6 of the fold literature check uses: kernels N(0, 1/fan in),
/// biases N(0, 0.09), batch normalisation gamma U(.3, 1.5), beta N(0, .09), mean N(0, .25),
/// variance U(.1, 2).
class RandomNumbers {
 public:
  explicit RandomNumbers(std::uint64_t seed) : seed_(seed) {}
  double uniform(double low, double high) {
    return low + (high - low) * base::random_uniform(seed_, index_++);
  }
  double normal(double deviation) { return deviation * base::random_normal(seed_, index_++); }

  model::AffineConv conv(int out, int in, int height, int width, int groups = 1) {
    model::AffineConv conv = model::AffineConv::zeros(out, in, height, width, groups);
    for (double& weight : conv.weights)
      weight = normal(1.0 / std::sqrt(conv.in_per_group() * conv.taps()));
    for (double& bias : conv.bias) bias = normal(0.3);
    return conv;
  }
  model::BatchNorm batch_norm(int channels) {
    model::BatchNorm norm;
    for (int c = 0; c < channels; ++c) {
      norm.gamma.push_back(uniform(0.3, 1.5));
      norm.beta.push_back(normal(0.3));
      norm.mean.push_back(normal(0.5));
      norm.variance.push_back(uniform(0.1, 2.0));
    }
    return norm;
  }
  model::Planes planes(Shape shape) {
    model::Planes planes(shape);
    for (double& value : planes.values) value = normal(1.0);
    return planes;
  }

 private:
  std::uint64_t seed_, index_ = 0;
};

/// max |difference| / max |expected|.
inline double relative_error(const model::Planes& expected, const model::Planes& found) {
  if (!(expected.shape == found.shape)) return INFINITY;
  double worst = 0.0, largest = 0.0;
  for (std::size_t k = 0; k < expected.values.size(); ++k) {
    worst = std::max(worst, std::abs(expected.values[k] - found.values[k]));
    largest = std::max(largest, std::abs(expected.values[k]));
  }
  return std::isfinite(worst) ? worst / std::max(largest, 1e-30) : INFINITY;
}

/// Sizes at which borders meet: one pixel, one row, one column, smaller than the kernel, odd.
inline std::vector<Shape> awkward_sizes(int channels) {
  return {{channels, 1, 1}, {channels, 1, 5}, {channels, 4, 1},
          {channels, 2, 2}, {channels, 3, 2}, {channels, 9, 7}};
}

inline model::Planes normalised(const model::BatchNorm& norm, model::Planes x) {
  for (int c = 0; c < x.shape.channels; ++c)
    for (int y = 0; y < x.shape.height; ++y)
      for (int column = 0; column < x.shape.width; ++column)
        x.at(c, y, column) = norm.gamma[c] * (x.at(c, y, column) - norm.mean[c]) /
                                 std::sqrt(norm.variance[c] + norm.epsilon) +
                             norm.beta[c];
  return x;
}

inline model::Planes sum(model::Planes a, const model::Planes& b) {
  for (std::size_t k = 0; k < a.values.size(); ++k) a.values[k] += b.values[k];
  return a;
}

}  // namespace tessera::test
