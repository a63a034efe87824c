// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "graph/neighbourhood.h"
#include "tensor/tensor.h"

namespace tessera::analysis {

/// The whole neighbourhood: the four forward offsets of the graph, then their opposites.
inline constexpr int kNeighbours = 2 * graph::kEdgePlanes;
graph::Offset neighbour_offset(int index);

/// The row of the random walk at every pixel: w_ij / sum_j w_ij, 0 where there is no neighbour.
/// Shapes  weights (4, H, W) as the graph stores them; result (8, H, W).
Tensor graph_rows(TensorView<const float> weights);
/// sum_j w_ij, 0 for a picture of one pixel.  Shapes  (4, H, W) to (1, H, W).
Tensor graph_degrees(TensorView<const float> weights);
/// Entropy -sum_j p_ij log p_ij of each row: log K for equal weights, 0 for a single one.
/// Shapes  rows (8, H, W), result (1, H, W).  Units  nats.
Tensor row_entropy(TensorView<const float> rows);
/// P u, the mean over neighbours by rows; u itself where there are none.
/// Shapes  rows (8, H, W); u, result (C, H, W).
Tensor mean_over_rows(TensorView<const float> rows, TensorView<const float> u);

/// How a plane of numbers is spread.
struct Spread {
  double mean = 0.0, low = 0.0, high = 0.0;  ///< low, high: 5th and 95th percentile
};
Spread spread_of(TensorView<const float> plane);

}  // namespace tessera::analysis
