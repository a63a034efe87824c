// SPDX-License-Identifier: MIT
#include "model/thin_plate_fill.h"

#include <algorithm>
#include <cmath>

namespace tessera::model {
namespace {

constexpr double kSmallestEigenvalue = 1.2, kLargestEigenvalue = 64.0;

/// Constants of the heavy ball on the spectrum above.
struct HeavyBall {
  float alpha, beta;
};
HeavyBall heavy_ball() {
  const double largest = std::sqrt(kLargestEigenvalue), smallest = std::sqrt(kSmallestEigenvalue);
  const double sum = largest + smallest, ratio = (largest - smallest) / sum;
  return {static_cast<float>(4.0 / (sum * sum)), static_cast<float>(ratio * ratio)};
}

/// One row of sum_j (x_j - x_i); a neighbour that does not exist counts as the pixel itself.
void laplacian_row(
    const float* above, const float* here, const float* below, int width, float* out) {
  const auto at = [&](int i, float left, float right) {
    return (above[i] + below[i]) + (left + right) - 4.0F * here[i];
  };
  out[0] = at(0, here[0], here[std::min(1, width - 1)]);
  for (int i = 1; i + 1 < width; ++i) out[i] = at(i, here[i - 1], here[i + 1]);
  if (width > 1) out[width - 1] = at(width - 1, here[width - 2], here[width - 1]);
}

void laplacian(TensorView<const float> x, TensorView<float> out) {
  const int last = x.height() - 1;
  for (int y = 0; y <= last; ++y)
    laplacian_row(x.row(0, std::max(y - 1, 0)), x.row(0, y), x.row(0, std::min(y + 1, last)),
                  x.width(), out.row(0, y));
}

}  // namespace

void thin_plate_fill(TensorView<const float> mask,
                     int steps,
                     TensorView<float> x,
                     Workspace& scratch) {
  if (steps == 0) return;
  const WorkspaceScope scope(scratch);
  const Shape plane{1, x.height(), x.width()};
  const auto bending = scratch.take(plane), gradient = scratch.take(plane);
  const auto move = scratch.take(plane);
  const auto [alpha, beta] = heavy_ball();
  for (int c = 0; c < x.channels(); ++c) {
    const auto values = x.channels(c, 1);
    const float* const measured = mask.plane(mask.channels() == 1 ? 0 : c);
    std::fill_n(move.data(), plane.count(), 0.0F);
    for (int step = 0; step < steps; ++step) {
      laplacian(values, bending);
      laplacian(bending, gradient);
      float *const m = move.data(), *const v = values.data();
      const float* const g = gradient.data();
      for (std::size_t i = 0; i < plane.count(); ++i) {
        m[i] = beta * m[i] - alpha * ((1.0F - measured[i]) * g[i]);
        v[i] += m[i];
      }
    }
  }
}

}  // namespace tessera::model
