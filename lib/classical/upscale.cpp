// SPDX-License-Identifier: MIT
#include "classical/upscale.h"

#include <algorithm>
#include <vector>

#include "base/machine/kernel_clones.h"

namespace tessera::classical {
namespace {

/// Weights of the two near and the two far neighbours of a position half way between pixels.
struct HalfwayWeights {
  float near, far;
};
constexpr HalfwayWeights kLinear{0.5F, 0.0F};
constexpr HalfwayWeights kCubic{9.0F / 16.0F, -1.0F / 16.0F};

constexpr int kReach = 2;  // pixels used on either side

/// Between samples x and x + 1 of a row that is continued by kReach pixels on both sides.
TESSERA_KERNEL_CLONES
void interpolate_along(const float* __restrict row,
                       int count,
                       HalfwayWeights weights,
                       float* __restrict result) {
  for (int x = 0; x < count; ++x) {
    const float between =
        weights.near * (row[x] + row[x + 1]) + weights.far * (row[x - 1] + row[x + 2]);
    result[2 * x] = row[x];
    result[2 * x + 1] = between;
  }
}

/// Between two rows, one above and one below each of them.
TESSERA_KERNEL_CLONES
void interpolate_across(const float* __restrict before,
                        const float* __restrict above,
                        const float* __restrict below,
                        const float* __restrict after,
                        int count,
                        HalfwayWeights weights,
                        float* __restrict result) {
  for (int x = 0; x < count; ++x)
    result[x] = weights.near * (above[x] + below[x]) + weights.far * (before[x] + after[x]);
}

void upscale2(TensorView<const float> measured, HalfwayWeights weights, TensorView<float> result) {
  const int height = measured.height(), width = measured.width();
  TESSERA_ASSERT(result.channels() == measured.channels());
  TESSERA_ASSERT(result.height() == 2 * height && result.width() == 2 * width);
  std::vector<float> continued(static_cast<std::size_t>(width) + 2 * kReach);
  for (int c = 0; c < measured.channels(); ++c) {
    for (int y = 0; y < height; ++y) {
      const float* row = measured.row(c, y);
      std::fill_n(continued.begin(), kReach, row[0]);
      std::copy_n(row, width, continued.begin() + kReach);
      std::fill_n(continued.begin() + kReach + width, kReach, row[width - 1]);
      interpolate_along(continued.data() + kReach, width, weights, result.row(c, 2 * y));
    }
    const auto even_row = [&](int y) { return result.row(c, 2 * std::clamp(y, 0, height - 1)); };
    for (int y = 0; y < height; ++y)
      interpolate_across(even_row(y - 1), even_row(y), even_row(y + 1), even_row(y + 2), 2 * width,
                         weights, result.row(c, 2 * y + 1));
  }
}

}  // namespace

void upscale2_bilinear(TensorView<const float> measured, TensorView<float> result) {
  upscale2(measured, kLinear, result);
}

void upscale2_bicubic(TensorView<const float> measured, TensorView<float> result) {
  upscale2(measured, kCubic, result);
}

}  // namespace tessera::classical
