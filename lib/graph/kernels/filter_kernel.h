// SPDX-License-Identifier: MIT
#pragma once

#include <span>

namespace tessera::graph {

/// At most this many channels share one pass over the weights.
inline constexpr int kFilterGroup = 4;

/// Floats from one plane of a row to the next: a constant, so that one pointer reaches all planes;
/// an odd number of cache lines, so that planes spread over the sets of a cache.
inline constexpr int kRowStride = 33 * 16;
/// Pixel 0 of a plane is preceded by this many zeros, and the last one followed by as many or more.
inline constexpr int kRowPad = 16;
inline constexpr int kRowPixels = kRowStride - 2 * kRowPad;
/// With halos of two columns more than that, a strip of kRowPixels has 236 columns of its own.
inline constexpr int kMostSteps = 128;

/// What a filter keeps of one image row: planes of kRowStride floats each,
///   4 weights | x after an even number of steps, C | after an odd one, C | p, C | b, C
///   | diagonal | free.
/// The weights contain the scale of the Laplacian.
struct FilterRowLayout {
  int channels = 0;           ///< C, 1 ... kFilterGroup
  int diagonal_channels = 0;  ///< 1, C, or 0: diagonal_value
  int free_channels = 0;      ///< 1, C, or 0: all ones

  int x(int step) const { return 4 + (step & 1) * channels; }
  int p() const { return 4 + 2 * channels; }
  int b() const { return 4 + 3 * channels; }
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
  float diagonal_value;
  /// Rows in memory that a step asks for, pixel by pixel, because a later load reads them.
  std::span<const float* const> later = {};
};

/// The constants of a step: alpha, and beta of the step before.
struct FilterStep {
  int step;
  float alpha, beta;
};

/// The first step from zero: p = b, x(1) = alpha b. With `extends`, b is made first of what stands
/// in the planes of x(0), there in the rows above and below, too: b = -free .* L x(0).
void filter_start(int lanes, const FilterPass& pass, float alpha, bool extends);

/// Step k: p = (b - A x(k)) + beta p, without p in step 0, where it is not read;
/// x(k+1) = x(k) + alpha p. The product is A x = free .* (diagonal .* x + L x).
void filter_step(int lanes, const FilterPass& pass, const FilterStep& step);

}  // namespace tessera::graph
