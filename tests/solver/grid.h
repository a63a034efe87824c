// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Dense>
#include <span>

#include "base/random.h"

// Small dense problems for the solvers, which know matrices only as callables.
namespace tessera::test {

/// The incidence matrix of an 8-neighbour grid with random weights in [low, high).
inline Eigen::MatrixXd grid_incidence(
    int height, int width, std::uint64_t seed, double low, double high) {
  const int offsets[4][2] = {{0, 1}, {1, -1}, {1, 0}, {1, 1}};
  Eigen::MatrixXd c(0, height * width);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (const auto& [dy, dx] : offsets) {
        if (y + dy >= height || x + dx < 0 || x + dx >= width) continue;
        c.conservativeResize(c.rows() + 1, Eigen::NoChange);
        c.row(c.rows() - 1).setZero();
        const double w =
            low + (high - low) * base::random_uniform(seed, static_cast<std::uint64_t>(c.rows()));
        c(c.rows() - 1, y * width + x) = w;
        c(c.rows() - 1, (y + dy) * width + x + dx) = -w;
      }
  return c;
}

/// y = A x in double, for spans of float.
inline auto product_with(const Eigen::MatrixXd& a) {
  return [&a](std::span<const float> x, std::span<float> y) {
    const Eigen::VectorXd in =
        Eigen::Map<const Eigen::VectorXf>(x.data(), static_cast<Eigen::Index>(x.size()))
            .cast<double>();
    Eigen::Map<Eigen::VectorXf>(y.data(), static_cast<Eigen::Index>(y.size())) =
        (a * in).cast<float>();
  };
}

/// Uniform in [low, high).
inline Eigen::VectorXd random_vector(int n,
                                     std::uint64_t seed,
                                     double low = 0.0,
                                     double high = 1.0) {
  Eigen::VectorXd v(n);
  for (int i = 0; i < n; ++i)
    v(i) = low + (high - low) * base::random_uniform(seed, static_cast<std::uint64_t>(i));
  return v;
}

inline Eigen::VectorXd as_vector(std::span<const float> x) {
  return Eigen::Map<const Eigen::VectorXf>(x.data(), static_cast<Eigen::Index>(x.size()))
      .cast<double>();
}

}  // namespace tessera::test
