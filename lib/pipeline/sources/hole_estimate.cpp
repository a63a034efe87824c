// SPDX-License-Identifier: MIT
#include "pipeline/sources/hole_estimate.h"

#include <algorithm>
#include <vector>

#include "base/assertion.h"
#include "observation/sampling.h"
#include "pipeline/tiles/memory.h"

namespace tessera::pipeline {
namespace {

/// Rows read at a time: so many, and of wide pictures an even number of 4 MiB a plane, or two.
constexpr int kStripRows = 64;
constexpr int kStripPixels = 1 << 20;
int strip_rows(int width) { return std::clamp(kStripPixels / width / 2 * 2, 2, kStripRows); }

/// Planes at half resolution that building takes besides the channels: weights, one filled plane,
/// and the rest of the pyramid.
constexpr int kScratchPlanes = 3;

/// Sum of the 2x2 cell whose top left pixel is (2y, 2x).
float cell_sum(const float* upper, const float* lower, int x) {
  const float top = upper[2 * x] + upper[2 * x + 1];
  return top + (lower[2 * x] + lower[2 * x + 1]);
}

/// Pixel `position` lies a quarter of a coarse pixel from its nearest one, the edge repeated.
int farther_neighbour(int position, int coarse_extent) {
  const int near = position / 2;
  return std::clamp(position % 2 == 0 ? near - 1 : near + 1, 0, coarse_extent - 1);
}

}  // namespace

HoleEstimate::HoleEstimate(Shape shape, const Read& read, std::int64_t memory) : shape_(shape) {
  TESSERA_ASSERT(shape.height % 2 == 0 && shape.width % 2 == 0);
  const Shape half{1, shape.height / 2, shape.width / 2};
  require_memory(
      static_cast<double>(half.count()) * sizeof(float) * (shape.channels + kScratchPlanes), memory,
      "the estimate of the holes");
  coarse_ = Tensor(shape.channels, half.height, half.width);
  Tensor weights(half), filled(half);
  Workspace scratch;
  const int rows = strip_rows(shape.width);
  for (int top = 0; top < shape.height; top += rows) {
    const WorkspaceScope scope(scratch);
    const Region strip{top, 0, std::min(rows, shape.height - top), shape.width};
    const auto samples = scratch.take({shape.channels, strip.height, strip.width});
    const auto mask = scratch.take({shape.channels, strip.height, strip.width});
    read(strip, samples, mask, scratch);
    add_strip(strip, samples, mask, weights);
  }
  // The coarser levels are those of the half-resolution planes with their fractional weights.
  for (int c = 0; c < shape.channels; ++c) {
    const auto plane = coarse_.view().channels(c, 1);
    observation::pull_push_coarse(plane, weights, filled);
    std::copy_n(filled.data(), half.count(), plane.data());
  }
}

void HoleEstimate::add_strip(Region strip,
                             TensorView<const float> samples,
                             TensorView<const float> mask,
                             TensorView<float> weights) {
  constexpr float kSmallestWeight = 1e-8F;  // as in observation::pull_push_estimate
  for (int y = 0; y < strip.height / 2; ++y) {
    const int row = strip.top / 2 + y;
    for (int x = 0; x < weights.width(); ++x) {
      const float weight = cell_sum(mask.row(0, 2 * y), mask.row(0, 2 * y + 1), x);
      const float capped = std::min(weight, 1.0F);
      weights(0, row, x) = capped;
      for (int c = 0; c < shape_.channels; ++c)
        coarse_(c, row, x) = cell_sum(samples.row(c, 2 * y), samples.row(c, 2 * y + 1), x) *
                             (capped / std::max(weight, kSmallestWeight));
    }
  }
}

void HoleEstimate::fill(Region region,
                        TensorView<const float> samples,
                        TensorView<const float> mask,
                        TensorView<float> estimate) const {
  const int first = std::max(0, region.left / 2 - 1);
  const int last = std::min(coarse_.width() - 1, (region.left + region.width) / 2);
  std::vector<float> blended(static_cast<std::size_t>(last - first + 1));
  for (int c = 0; c < shape_.channels; ++c)
    for (int y = 0; y < region.height; ++y) {
      const int position = region.top + y;
      const float* near = coarse_.view().row(c, position / 2);
      const float* far = coarse_.view().row(c, farther_neighbour(position, coarse_.height()));
      for (int x = first; x <= last; ++x) blended[x - first] = 0.75F * near[x] + 0.25F * far[x];
      for (int x = 0; x < region.width; ++x) {
        const int column = region.left + x;
        const float enlarged = 0.75F * blended[column / 2 - first] +
                               0.25F * blended[farther_neighbour(column, coarse_.width()) - first];
        estimate(c, y, x) = samples(c, y, x) + (1.0F - mask(c, y, x)) * enlarged;
      }
    }
}

std::int64_t HoleEstimate::bytes() const {
  return static_cast<std::int64_t>(coarse_.shape().count() * sizeof(float));
}

}  // namespace tessera::pipeline
