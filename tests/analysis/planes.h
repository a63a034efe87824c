// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "analysis/equations/pde_fit.h"
#include "graph/edge_weights.h"
#include "graph/neighbourhood.h"
#include "support/compare.h"

namespace tessera::test {

/// Every edge inside the picture has this weight.
inline Tensor equal_weights(int height, int width, float weight) {
  Tensor weights(graph::kEdgePlanes, height, width);
  for (int e = 0; e < graph::kEdgePlanes; ++e)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const int row = y + graph::kForwardOffsets[e].dy, column = x + graph::kForwardOffsets[e].dx;
        if (row < height && column >= 0 && column < width) weights(e, y, x) = weight;
      }
  return weights;
}

/// The graph that the library learns from features.
inline Tensor learned_weights(TensorView<const float> features) {
  Tensor weights(graph::kEdgePlanes, features.height(), features.width());
  Workspace scratch;
  graph::edge_weights(features, weights, scratch);
  return weights;
}

/// v = u + step * (five-point Laplacian of u).
inline Tensor heat_step(TensorView<const float> u, float step) {
  Tensor v = analysis::grid_laplacian(u);
  for (std::size_t i = 0; i < v.shape().count(); ++i)
    v.data()[i] = u.data()[i] + step * v.data()[i];
  return v;
}

/// Random numbers, smoothed: something like a picture.
inline Tensor smooth_planes(Shape shape, std::uint64_t seed, int steps = 20) {
  Tensor u = random_tensor(shape, seed);
  for (int i = 0; i < steps; ++i) u = heat_step(u, 0.2F);
  return u;
}

}  // namespace tessera::test
