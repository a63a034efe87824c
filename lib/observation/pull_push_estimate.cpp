// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "base/machine/kernel_clones.h"
#include "observation/sampling.h"

namespace tessera::observation {
namespace {

/// Weights below this are no measurement; the constant of the PyTorch twin.
constexpr float kSmallestWeight = 1e-8F;

/// One plane of the pyramid: sums are value times weight, weights in [0, 1].
struct Level {
  Tensor sums, weights;
};

/// Sum of the 2x2 cell whose top left pixel is (2y, 2x), zeros outside.
float cell_sum(TensorView<const float> fine, int y, int x) {
  const bool right = 2 * x + 1 < fine.width();
  float sum = fine(0, 2 * y, 2 * x) + (right ? fine(0, 2 * y, 2 * x + 1) : 0.0F);
  if (2 * y + 1 < fine.height())
    sum += fine(0, 2 * y + 1, 2 * x) + (right ? fine(0, 2 * y + 1, 2 * x + 1) : 0.0F);
  return sum;
}

/// Pull: 2x2 sums; a cell that holds a whole measurement's weight or more counts as measured.
Level coarser(TensorView<const float> sums, TensorView<const float> weights) {
  const Shape shape{1, (sums.height() + 1) / 2, (sums.width() + 1) / 2};
  Level level{Tensor(shape), Tensor(shape)};
  for (int y = 0; y < shape.height; ++y)
    for (int x = 0; x < shape.width; ++x) {
      const float weight = cell_sum(weights, y, x);
      const float capped = std::min(weight, 1.0F);
      level.sums(0, y, x) = cell_sum(sums, y, x) * (capped / std::max(weight, kSmallestWeight));
      level.weights(0, y, x) = capped;
    }
  return level;
}

/// Pixel `position` of the doubled grid lies a quarter of a coarse pixel from its nearest one: it
/// is three quarters of `near` and one of `far`, the edge repeated.
struct Neighbours {
  int near, far;
};
Neighbours neighbours_of(int position, int coarse_size) {
  const int near = position / 2;
  const int far = position % 2 == 0 ? near - 1 : near + 1;
  return {near, std::clamp(far, 0, coarse_size - 1)};
}

/// Push: fill = sums + (1 - weights) * (coarse fill enlarged by two). `fill` may be `sums`.
void push(TensorView<const float> coarse,
          TensorView<const float> sums,
          TensorView<const float> weights,
          TensorView<float> fill) {
  const int width = fill.width();
  std::vector<float> blended(coarse.width());
  for (int y = 0; y < fill.height(); ++y) {
    const auto [near_y, far_y] = neighbours_of(y, coarse.height());
    const float* near_row = coarse.row(0, near_y);
    const float* far_row = coarse.row(0, far_y);
    for (int x = 0; x < coarse.width(); ++x) blended[x] = 0.75F * near_row[x] + 0.25F * far_row[x];
    const float* sum = sums.row(0, y);
    const float* weight = weights.row(0, y);
    float* out = fill.row(0, y);
    for (int x = 0; x < width; ++x) {
      const auto [near_x, far_x] = neighbours_of(x, coarse.width());
      const float enlarged = 0.75F * blended[near_x] + 0.25F * blended[far_x];
      out[x] = sum[x] + (1.0F - weight[x]) * enlarged;
    }
  }
}

/// So many times cells without a measurement take the mean of their neighbours. Chosen on held-back
/// pictures: models/experiments/odd-pictures.md.
constexpr int kMeans = 8;

/// Whether each row has cells in which nothing was measured.
std::vector<bool> rows_with_free_cells(TensorView<const float> weights) {
  std::vector<bool> free;
  for (int y = 0; y < weights.height(); ++y) {
    const float* row = weights.row(0, y);
    free.push_back(std::find(row, row + weights.width(), 0.0F) != row + weights.width());
  }
  return free;
}

/// A row whose free cells take the mean of their neighbours; what is read stood there before.
TESSERA_KERNEL_CLONES
void mean_row(const float* __restrict up,
              const float* __restrict here,
              const float* __restrict down,
              const float* __restrict weight,
              int width,
              float* __restrict row) {
  for (int x = 0; x < width; ++x) {
    const float mean = 0.25F * (((up[x] + down[x]) + here[x - 1]) + here[x + 1]);
    row[x] = weight[x] == 0.0F ? mean : here[x];
  }
}

/// Free cells take the mean of their four neighbours, the edge repeated, all at once; kMeans times.
void take_means(TensorView<const float> weights, TensorView<float> fill) {
  const int height = fill.height(), width = fill.width();
  const std::vector<bool> free = rows_with_free_cells(weights);
  // What stood in a row before this turn, with its ends repeated.
  std::vector<float> above(static_cast<std::size_t>(width) + 2), here(above.size());
  for (int turn = 0; turn < kMeans; ++turn)
    for (int y = 0; y < height; ++y) {
      float* row = fill.row(0, y);
      std::copy_n(row, width, here.data() + 1);
      here.front() = row[0];
      here.back() = row[width - 1];
      if (free[static_cast<std::size_t>(y)]) {
        const float* const old = here.data() + 1;
        mean_row(y > 0 ? above.data() + 1 : old, old, y + 1 < height ? fill.row(0, y + 1) : old,
                 weights.row(0, y), width, row);
      }
      std::swap(above, here);
    }
}

void estimate_plane(TensorView<const float> samples,
                    TensorView<const float> mask,
                    TensorView<float> estimate) {
  std::vector<Level> levels;
  TensorView<const float> sums = samples, weights = mask;
  while (sums.height() > 1 || sums.width() > 1) {
    levels.push_back(coarser(sums, weights));
    sums = levels.back().sums;
    weights = levels.back().weights;
  }
  if (levels.empty()) {
    estimate(0, 0, 0) = samples(0, 0, 0);
    return;
  }
  for (std::size_t i = levels.size() - 1; i > 0; --i) {
    push(levels[i].sums, levels[i - 1].sums, levels[i - 1].weights, levels[i - 1].sums);
    take_means(levels[i - 1].weights, levels[i - 1].sums);
  }
  push(levels[0].sums, samples, mask, estimate);
}

}  // namespace

void pull_push_estimate(TensorView<const float> samples,
                        TensorView<const float> mask,
                        TensorView<float> estimate) {
  TESSERA_ASSERT(samples.shape() == mask.shape() && samples.shape() == estimate.shape());
  for (int c = 0; c < samples.channels(); ++c)
    estimate_plane(samples.channels(c, 1), mask.channels(c, 1), estimate.channels(c, 1));
}

void pull_push_coarse(TensorView<const float> sums,
                      TensorView<const float> weights,
                      TensorView<float> fill) {
  TESSERA_ASSERT(sums.shape() == weights.shape() && sums.shape() == fill.shape());
  for (int c = 0; c < sums.channels(); ++c) {
    estimate_plane(sums.channels(c, 1), weights.channels(c, 1), fill.channels(c, 1));
    take_means(weights.channels(c, 1), fill.channels(c, 1));
  }
}

}  // namespace tessera::observation
