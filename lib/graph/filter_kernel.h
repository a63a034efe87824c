// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace tessera::graph {

/// At most this many channels share one pass over the weights.
inline constexpr int kFilterGroup = 4;

/// What a filter keeps of one image row: planes of `stride` floats each. Pixel 0 of a plane is
/// preceded and followed by kRowPad zeros.
///   4 weights | x, C | r, C | p of even steps, C | p of odd steps, C | diagonal | free
struct FilterRowLayout {
  int channels = 0;           ///< C, 1 ... kFilterGroup
  int diagonal_channels = 0;  ///< 0: diagonal_value
  int free_channels = 0;      ///< 0: all ones
  std::size_t stride = 0;     ///< multiple of 16

  int x() const { return 4; }
  int r() const { return 4 + channels; }
  int p(int step) const { return 4 + (2 + (step & 1)) * channels; }
  int diagonal() const { return 4 + 4 * channels; }
  int free() const { return diagonal() + diagonal_channels; }
  int planes() const { return free() + free_channels; }
};
inline constexpr int kRowPad = 16;

/// One pass over one row of an image; the pointers are at pixel 0 of the first plane of each row.
struct FilterPass {
  FilterRowLayout layout;
  const float* above;
  float* here;
  const float* below;
  int width;  ///< pixels, rounded up to a multiple of 16 with zeros after the last
  float diagonal_value, laplacian_scale;
};

/// Before the first step: with b in the planes r, r = b - A x and p(0) = r.
/// The product is A p = free .* (diagonal .* p + laplacian_scale * L p).
void filter_start(int lanes, const FilterPass& pass);

/// Step k: x += alpha p(k); r -= alpha A p(k); p(k+1) = r + beta p(k).
void filter_step(int lanes, const FilterPass& pass, int step, float alpha, float beta);

}  // namespace tessera::graph
