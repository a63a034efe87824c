// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>

namespace tessera::graph {

/// Similarities are computed for so many pixels at a time.
inline constexpr int kSimilarityPixels = 64;

/// One row of pixels whose edges are wanted. 16 pixels before and behind it are read too.
struct SimilarityRow {
  const float* here;          ///< feature 0 of the row
  const float* below;         ///< of the row below; null: none
  std::size_t plane;          ///< from one feature to the next, in both rows
  int features;               ///< D
  int width;                  ///< a multiple of kSimilarityPixels
  std::array<float*, 4> out;  ///< exp(-d) per edge plane
  const float* ahead;         ///< feature 0 of a row that will be read next, asked for meanwhile
  std::size_t ahead_plane;    ///< from one feature to the next, there
};

/// exp(-min(|q_i - q_j|^2, 11.5)) of all four edges of each pixel (without a row below of the first
/// edge only), whether or not they leave the image. Relative error of the exponential below 1e-6.
void similarities(int lanes, const SimilarityRow& row);

/// q = M f for one row of pixels, see edge_weights.
struct ProjectionRow {
  const float* features;        ///< feature 0 of the row
  float* projected;             ///< output 0 of the row
  std::size_t plane;            ///< from one feature to the next
  std::size_t projected_plane;  ///< from one output to the next
  const float* metric;          ///< (D, D) row-major
  int dimension;                ///< D
  int width;
};
void project_row(int lanes, const ProjectionRow& row);

}  // namespace tessera::graph
