// SPDX-License-Identifier: MIT
#include "graph/incidence.h"

#include <algorithm>
#include <cmath>

#include "base/threads/threads_inside.h"
#include "graph/neighbourhood.h"

namespace tessera::graph {
namespace {

// Columns [first, last) of the pixels whose edge e ends inside the image.
struct Columns {
  int first, last;
};
Columns edge_columns(int e, int width) {
  const int dx = kForwardOffsets[e].dx;
  return {std::min(std::max(0, -dx), width), std::max(0, width - std::max(0, dx))};
}

void check_shapes(TensorView<const float> weights, TensorView<const float> nodes) {
  TESSERA_ASSERT(weights.channels() == kEdgePlanes);
  TESSERA_ASSERT(weights.height() == nodes.height() && weights.width() == nodes.width());
  static_cast<void>(weights), static_cast<void>(nodes);
}

}  // namespace

void apply_incidence(TensorView<const float> weights,
                     TensorView<const float> x,
                     TensorView<float> z) {
  check_shapes(weights, x);
  TESSERA_ASSERT(z.channels() == kEdgePlanes * x.channels());
  const int height = x.height(), width = x.width();
  for (int row = 0; row < height; ++row)
    for (int c = 0; c < x.channels(); ++c)
      for (int e = 0; e < kEdgePlanes; ++e) {
        float* __restrict out = z.row(c * kEdgePlanes + e, row);
        const auto [dy, dx] = kForwardOffsets[e];
        const auto [first, last] = edge_columns(e, width);
        if (row + dy >= height || first >= last) {
          std::fill_n(out, width, 0.0F);
          continue;
        }
        const float* w = weights.row(e, row);
        const float* here = x.row(c, row);
        const float* there = x.row(c, row + dy) + dx;
        for (int i = first; i < last; ++i) out[i] = w[i] * (here[i] - there[i]);
        if (first > 0) out[0] = 0.0F;
        if (last < width) out[width - 1] = 0.0F;
      }
}

void apply_incidence_transpose(TensorView<const float> weights,
                               TensorView<const float> z,
                               TensorView<float> y) {
  check_shapes(weights, y);
  TESSERA_ASSERT(z.channels() == kEdgePlanes * y.channels());
  const int height = y.height(), width = y.width();
  for (int row = 0; row < height; ++row)
    for (int c = 0; c < y.channels(); ++c) {
      float* __restrict out = y.row(c, row);
      std::fill_n(out, width, 0.0F);
      for (int e = 0; e < kEdgePlanes; ++e) {
        if (row + kForwardOffsets[e].dy >= height) continue;
        const auto [first, last] = edge_columns(e, width);
        const float* w = weights.row(e, row);
        const float* flow = z.row(c * kEdgePlanes + e, row);
        for (int i = first; i < last; ++i) out[i] += w[i] * flow[i];
      }
      for (int e = 0; e < kEdgePlanes; ++e) {
        const auto [dy, dx] = kForwardOffsets[e];
        if (row < dy) continue;
        const auto [first, last] = edge_columns(e, width);
        const float* w = weights.row(e, row - dy);
        const float* flow = z.row(c * kEdgePlanes + e, row - dy);
        for (int i = first; i < last; ++i) out[i + dx] -= w[i] * flow[i];
      }
    }
}

void square_weights(TensorView<const float> weights, TensorView<float> squared) {
  TESSERA_ASSERT(weights.shape() == squared.shape());
  base::for_each_part_inside(weights.shape().count(), [&](std::size_t i, std::size_t end) {
    for (; i < end; ++i) squared.data()[i] = weights.data()[i] * weights.data()[i];
  });
}

double graph_total_variation(TensorView<const float> weights, TensorView<const float> x) {
  check_shapes(weights, x);
  double variation = 0.0;
  for (int c = 0; c < x.channels(); ++c)
    for (int e = 0; e < kEdgePlanes; ++e) {
      const auto [dy, dx] = kForwardOffsets[e];
      const auto [first, last] = edge_columns(e, x.width());
      for (int row = 0; row + dy < x.height(); ++row) {
        const float* w = weights.row(e, row);
        const float* here = x.row(c, row);
        const float* there = x.row(c, row + dy) + dx;
        for (int i = first; i < last; ++i)
          variation += w[i] * std::abs(static_cast<double>(here[i]) - there[i]);
      }
    }
  return variation;
}

}  // namespace tessera::graph
