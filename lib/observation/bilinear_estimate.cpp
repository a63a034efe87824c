// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include "observation/sampling.h"

namespace tessera::observation {
namespace {

/// Weights below this are no measurement; the constant of the PyTorch twin.
constexpr float kSmallestWeight = 1e-8F;

/// [1 2 1; 2 4 2; 1 2 1] around every pixel of row y, zeros outside.
/// Shapes  plane height x width; column_sums width + 2; sums width.
void smoothed_row(const float* plane,
                  int height,
                  int width,
                  int y,
                  std::vector<float>& column_sums,
                  float* sums) {
  const float* here = plane + static_cast<std::size_t>(y) * width;
  float* columns = column_sums.data() + 1;
  for (int x = 0; x < width; ++x) columns[x] = 2.0F * here[x];
  if (y > 0)
    for (int x = 0; x < width; ++x) columns[x] += (here - width)[x];
  if (y + 1 < height)
    for (int x = 0; x < width; ++x) columns[x] += (here + width)[x];
  for (int x = 0; x < width; ++x) sums[x] = columns[x - 1] + columns[x + 1] + 2.0F * columns[x];
}

}  // namespace

void bilinear_estimate(TensorView<const float> samples,
                       TensorView<const float> mask,
                       TensorView<float> estimate) {
  TESSERA_ASSERT(samples.shape() == mask.shape() && samples.shape() == estimate.shape());
  const int height = samples.height(), width = samples.width();
  std::vector<float> column_sums(static_cast<std::size_t>(width) + 2);
  std::vector<float> values(width), weights(width);
  for (int c = 0; c < samples.channels(); ++c)
    for (int y = 0; y < height; ++y) {
      smoothed_row(samples.plane(c), height, width, y, column_sums, values.data());
      smoothed_row(mask.plane(c), height, width, y, column_sums, weights.data());
      const float* sample = samples.row(c, y);
      const float* known = mask.row(c, y);
      float* out = estimate.row(c, y);
      for (int x = 0; x < width; ++x) {
        const float mean = values[x] / std::max(weights[x], kSmallestWeight);
        out[x] = known[x] > 0.0F ? sample[x] : mean;
      }
    }
}

}  // namespace tessera::observation
