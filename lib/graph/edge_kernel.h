// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>

#include "tensor/tensor_view.h"

namespace tessera::graph {

/// One row of pixels whose edges are wanted.
struct SimilarityRow {
  const float* here;          ///< feature 0 of the row
  const float* below;         ///< of the row below; null: none
  std::size_t plane;          ///< from one feature to the next
  int features;               ///< D
  int width;                  ///< 3 or more
  std::array<float*, 4> out;  ///< exp(-d) per edge plane
};

/// exp(-min(|q_i - q_j|^2, 11.5)) for the columns 1 ... width - 2, all four edges (without a row
/// below the first edge only). Relative error of the exponential below 1e-6.
void inner_similarities(int lanes, const SimilarityRow& row);

/// The same number for one pair of pixels.
float edge_similarity(
    TensorView<const float> features, int row_i, int column_i, int row_j, int column_j);

/// q = M f for one row of pixels: `rows` rows of the metric at once, see project_features.
struct ProjectionRow {
  const float* features;  ///< feature 0 of the row
  float* projected;       ///< output 0 of the row
  std::size_t plane;      ///< from one feature to the next, in both
  const float* metric;    ///< (D, D) row-major
  int dimension;          ///< D
  int width;
};
void project_row(int lanes, const ProjectionRow& row);

}  // namespace tessera::graph
