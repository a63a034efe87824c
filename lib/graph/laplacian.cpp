// SPDX-License-Identifier: MIT
#include "graph/laplacian.h"

#include "base/threads/threads_inside.h"
#include "graph/kernels/laplacian_stencil.h"
#include "graph/neighbourhood.h"

namespace tessera::graph {
namespace {

// One pixel anywhere, neighbours outside the image left out.
float laplacian_at(
    TensorView<const float> weights, TensorView<const float> x, int channel, int row, int column) {
  const int height = x.height(), width = x.width();
  const auto inside = [&](int r, int c) { return r >= 0 && r < height && c >= 0 && c < width; };
  const float here = x(channel, row, column);
  float sum = 0.0F;
  for (int e = 0; e < kEdgePlanes; ++e) {
    const int r = row + kForwardOffsets[e].dy, c = column + kForwardOffsets[e].dx;
    if (inside(r, c)) sum += weights(e, row, column) * (here - x(channel, r, c));
  }
  for (int e = 0; e < kEdgePlanes; ++e) {
    const int r = row - kForwardOffsets[e].dy, c = column - kForwardOffsets[e].dx;
    if (inside(r, c)) sum += weights(e, r, c) * (here - x(channel, r, c));
  }
  return sum;
}

struct Row {
  EdgeRows weights;
  const float *above, *here, *below;
  float* out;
  int width;
};

// Columns 1 ... width - 2 of a row that has both neighbours; the last vector overlaps the one
// before.
template <int N>
[[gnu::always_inline]] inline void inner_columns(const Row& row) {
  for (int x = 1; x < row.width - 1; x += N) {
    if (x + N > row.width - 1) x = row.width - 1 - N;
    const auto weights = load_weights<N>(row.weights, x);
    store<N>(row.out + x,
             weighted_differences<N>(weights, window<N>(row.above + x), window<N>(row.here + x),
                                     window<N>(row.below + x)));
  }
}

TESSERA_TARGET_16 void inner_columns_16(const Row& row) { inner_columns<16>(row); }
TESSERA_TARGET_8 void inner_columns_8(const Row& row) { inner_columns<8>(row); }
void inner_columns_4(const Row& row) { inner_columns<4>(row); }

void inner_columns_any(int lanes, const Row& row) {
  const int inner = row.width - 2;
  if (lanes >= 16 && inner >= 16) return inner_columns_16(row);
  if (lanes >= 8 && inner >= 8) return inner_columns_8(row);
  if (inner >= 4) return inner_columns_4(row);
  inner_columns<1>(row);
}

}  // namespace

void apply_laplacian(TensorView<const float> weights,
                     TensorView<const float> x,
                     TensorView<float> y) {
  TESSERA_ASSERT(weights.channels() == kEdgePlanes && x.shape() == y.shape());
  TESSERA_ASSERT(weights.height() == x.height() && weights.width() == x.width());
  TESSERA_ASSERT(x.data() != y.data());
  const int height = x.height(), width = x.width(), lanes = vector_lanes();
  base::for_each_inside(height, [&](int row) {
    for (int c = 0; c < x.channels(); ++c) {
      float* out = y.row(c, row);
      if (row == 0 || row == height - 1 || width < 3) {
        for (int i = 0; i < width; ++i) out[i] = laplacian_at(weights, x, c, row, i);
        continue;
      }
      const EdgeRows edges{weights.row(0, row), weights.row(0, row - 1), weights.shape().plane()};
      inner_columns_any(lanes,
                        {edges, x.row(c, row - 1), x.row(c, row), x.row(c, row + 1), out, width});
      out[0] = laplacian_at(weights, x, c, row, 0);
      out[width - 1] = laplacian_at(weights, x, c, row, width - 1);
    }
  });
}

double laplacian_energy(TensorView<const float> weights, TensorView<const float> x) {
  double energy = 0.0;
  for (int c = 0; c < x.channels(); ++c)
    for (int e = 0; e < kEdgePlanes; ++e) {
      const auto [dy, dx] = kForwardOffsets[e];
      const int first = dx < 0 ? -dx : 0, last = x.width() - (dx > 0 ? dx : 0);
      for (int row = 0; row + dy < x.height(); ++row) {
        const float* w = weights.row(e, row);
        const float* here = x.row(c, row);
        const float* there = x.row(c, row + dy) + dx;
        for (int i = first; i < last; ++i) {
          const double difference = static_cast<double>(here[i]) - there[i];
          energy += w[i] * difference * difference;
        }
      }
    }
  return energy;
}

}  // namespace tessera::graph
