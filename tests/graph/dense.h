// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Dense>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "graph/edge_weights.h"
#include "support/compare.h"

// Dense judges: every pair of pixels is looked at, with nothing of lib/graph but its edge layout.
namespace tessera::test {

struct Pixel {
  int row, column;
};

/// All pixels, in the order of a plane.
inline std::vector<Pixel> pixels(int height, int width) {
  std::vector<Pixel> all;
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column) all.push_back({row, column});
  return all;
}

/// Edge plane of the undirected edge from i forward to j; -1: j is not a forward neighbour of i.
inline int edge_plane(Pixel i, Pixel j) {
  const int dy = j.row - i.row, dx = j.column - i.column;
  if (dy == 0 && dx == 1) return 0;
  if (dy == 1 && dx >= -1 && dx <= 1) return 2 + dx;
  return -1;
}

/// W: symmetric, zero diagonal, from the edge planes (4, H, W).
inline Eigen::MatrixXd dense_adjacency(TensorView<const float> weights) {
  const auto all = pixels(weights.height(), weights.width());
  const int n = static_cast<int>(all.size());
  Eigen::MatrixXd adjacency = Eigen::MatrixXd::Zero(n, n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      if (const int e = edge_plane(all[i], all[j]); e >= 0)
        adjacency(i, j) = adjacency(j, i) = weights(e, all[i].row, all[i].column);
  return adjacency;
}

/// diag(W 1) - W.
inline Eigen::MatrixXd dense_laplacian(TensorView<const float> weights) {
  const Eigen::MatrixXd adjacency = dense_adjacency(weights);
  return Eigen::MatrixXd(adjacency.rowwise().sum().asDiagonal()) - adjacency;
}

/// C, (4 n, n): row e*n + i is the edge from pixel i to i + offset_e; zero rows for missing edges.
inline Eigen::MatrixXd dense_incidence(TensorView<const float> weights) {
  const auto all = pixels(weights.height(), weights.width());
  const int n = static_cast<int>(all.size());
  Eigen::MatrixXd incidence = Eigen::MatrixXd::Zero(4 * n, n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      if (const int e = edge_plane(all[i], all[j]); e >= 0) {
        const double w = weights(e, all[i].row, all[i].column);
        incidence(e * n + i, i) = w;
        incidence(e * n + i, j) = -w;
      }
  return incidence;
}

/// Degree-normalised weights as a dense matrix, in double, from the features.
inline Eigen::MatrixXd dense_normalised_adjacency(TensorView<const float> features) {
  const auto all = pixels(features.height(), features.width());
  const int n = static_cast<int>(all.size());
  Eigen::MatrixXd adjacency = Eigen::MatrixXd::Zero(n, n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      if (edge_plane(all[i], all[j]) < 0) continue;
      double distance = 0.0;
      for (int d = 0; d < features.channels(); ++d) {
        const double difference = static_cast<double>(features(d, all[i].row, all[i].column)) -
                                  features(d, all[j].row, all[j].column);
        distance += difference * difference;
      }
      adjacency(i, j) = adjacency(j, i) = std::exp(-std::min(distance, 11.5));
    }
  const Eigen::VectorXd degree = adjacency.rowwise().sum();
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      if (adjacency(i, j) > 0.0) adjacency(i, j) /= std::sqrt(degree(i) * degree(j));
  return adjacency;
}

/// Plane c of a tensor as a vector.
inline Eigen::VectorXd dense_vector(TensorView<const float> x, int c = 0) {
  const auto plane = x.channels(c, 1).flat();
  return Eigen::Map<const Eigen::VectorXf>(plane.data(), static_cast<Eigen::Index>(plane.size()))
      .cast<double>();
}

/// Weights of random features: degree-normalised, uneven.
inline Tensor random_weights(int height, int width, std::uint64_t seed, float spread = 2.0F) {
  const Tensor features = random_tensor({3, height, width}, seed, 0.0F, spread);
  Tensor weights(4, height, width);
  Workspace scratch;
  graph::edge_weights(features, weights, scratch);
  return weights;
}

/// The same weights with large ones for the edges that leave the image: operators do not look at
/// these.
inline Tensor with_outward_edges(TensorView<const float> weights) {
  Tensor spoilt(weights.shape());
  for (std::size_t i = 0; i < spoilt.shape().count(); ++i)
    spoilt.data()[i] = weights.data()[i] == 0.0F ? 3.0F : weights.data()[i];
  return spoilt;
}

/// Sizes with a pixel alone, one row, one column, odd ones, and some around the vector widths.
inline std::vector<Shape> awkward_sizes(int channels) {
  std::vector<Shape> sizes;
  for (const auto& [height, width] : std::vector<std::pair<int, int>>{{1, 1},
                                                                      {1, 7},
                                                                      {7, 1},
                                                                      {1, 40},
                                                                      {2, 2},
                                                                      {2, 3},
                                                                      {3, 2},
                                                                      {5, 7},
                                                                      {4, 18},
                                                                      {3, 33},
                                                                      {2, 67}})
    sizes.push_back({channels, height, width});
  return sizes;
}

}  // namespace tessera::test
