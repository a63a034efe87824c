// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace tessera::graph {

/// At most this many channels share one pass over the weights.
inline constexpr int kFilterGroup = 4;

/// Floats from one plane of a row to the next: a constant, so that one pointer reaches all planes;
/// an odd number of cache lines, so that planes spread over the sets of a cache.
inline constexpr int kRowStride = 33 * 16;
/// Pixel 0 of a plane is preceded by this many zeros, and the last one followed by as many or more.
inline constexpr int kRowPad = 16;
inline constexpr int kRowPixels = kRowStride - 2 * kRowPad;

/// What a filter keeps of one image row: planes of kRowStride floats each,
///   4 weights | x, C | r, C | p of even steps, C | p of odd steps, C | diagonal | free.
struct FilterRowLayout {
  int channels = 0;           ///< C, 1 ... kFilterGroup
  int diagonal_channels = 0;  ///< 1, C, or 0: diagonal_value
  int free_channels = 0;      ///< 1, C, or 0: all ones

  int x() const { return 4; }
  int r() const { return 4 + channels; }
  int p(int step) const { return 4 + (2 + (step & 1)) * channels; }
  int diagonal() const { return 4 + 4 * channels; }
  int free() const { return diagonal() + diagonal_channels; }
  int planes() const { return free() + free_channels; }
};

/// One pass over one row of an image; the pointers are at pixel 0 of the first plane of each row.
struct FilterPass {
  FilterRowLayout layout;
  const float* above;
  float* here;
  const float* below;
  int width;  ///< pixels, at most kRowPixels, rounded up to a multiple of 16
  float diagonal_value, laplacian_scale;
};

/// Before the first step: with b in the planes r, r = b - A x and p(0) = r.
/// The product is A p = free .* (diagonal .* p + laplacian_scale * L p).
void filter_start(int lanes, const FilterPass& pass);

/// The constants of step k, and alpha of the step after.
struct FilterStep {
  int step;
  float alpha, beta, next_alpha;
};

/// Step k: r -= alpha A p(k); p(k+1) = r + beta p(k). x is written every second time: an even step
/// does x += alpha p(k); x += next_alpha p(k+1), an odd one leaves x alone.
void filter_step(int lanes, const FilterPass& pass, const FilterStep& step);

}  // namespace tessera::graph
