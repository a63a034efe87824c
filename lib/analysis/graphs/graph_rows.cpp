// SPDX-License-Identifier: MIT
#include "analysis/graphs/graph_rows.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tessera::analysis {
namespace {

/// Weight of the edge from a pixel to its neighbour `index`; 0 where that leaves the picture.
float weight_at(TensorView<const float> weights, int index, int y, int x) {
  if (index < graph::kEdgePlanes) return weights(index, y, x);
  const graph::Offset offset = neighbour_offset(index);
  const int row = y + offset.dy, column = x + offset.dx;
  if (row < 0 || column < 0 || row >= weights.height() || column >= weights.width()) return 0.0F;
  return weights(index - graph::kEdgePlanes, row, column);
}

}  // namespace

graph::Offset neighbour_offset(int index) {
  const graph::Offset offset = graph::kForwardOffsets[index % graph::kEdgePlanes];
  return index < graph::kEdgePlanes ? offset : graph::Offset{-offset.dy, -offset.dx};
}

Tensor graph_degrees(TensorView<const float> weights) {
  Tensor degrees(1, weights.height(), weights.width());
  for (int y = 0; y < weights.height(); ++y)
    for (int x = 0; x < weights.width(); ++x)
      for (int k = 0; k < kNeighbours; ++k) degrees(0, y, x) += weight_at(weights, k, y, x);
  return degrees;
}

Tensor graph_rows(TensorView<const float> weights) {
  const Tensor degrees = graph_degrees(weights);
  Tensor rows(kNeighbours, weights.height(), weights.width());
  for (int k = 0; k < kNeighbours; ++k)
    for (int y = 0; y < weights.height(); ++y)
      for (int x = 0; x < weights.width(); ++x)
        if (degrees(0, y, x) > 0.0F) rows(k, y, x) = weight_at(weights, k, y, x) / degrees(0, y, x);
  return rows;
}

Tensor row_entropy(TensorView<const float> rows) {
  Tensor entropy(1, rows.height(), rows.width());
  for (int k = 0; k < rows.channels(); ++k)
    for (std::size_t i = 0; i < rows.shape().plane(); ++i) {
      const double p = rows.plane(k)[i];
      if (p > 0.0) entropy.data()[i] -= static_cast<float>(p * std::log(p));
    }
  return entropy;
}

Tensor mean_over_rows(TensorView<const float> rows, TensorView<const float> u) {
  Tensor mean(u.shape());
  for (int c = 0; c < u.channels(); ++c)
    for (int y = 0; y < u.height(); ++y)
      for (int x = 0; x < u.width(); ++x) {
        double sum = 0.0, total = 0.0;
        for (int k = 0; k < kNeighbours; ++k) {
          const float p = rows(k, y, x);
          if (p == 0.0F) continue;
          const graph::Offset offset = neighbour_offset(k);
          sum += static_cast<double>(p) * u(c, y + offset.dy, x + offset.dx);
          total += p;
        }
        mean(c, y, x) = total > 0.0 ? static_cast<float>(sum) : u(c, y, x);
      }
  return mean;
}

Spread spread_of(TensorView<const float> plane) {
  std::vector<float> values(plane.data(), plane.data() + plane.shape().count());
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  double sum = 0.0;
  for (const float value : values) sum += value;
  const auto quantile = [&](double p) {
    return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {sum / static_cast<double>(values.size()), quantile(0.05), quantile(0.95)};
}

}  // namespace tessera::analysis
