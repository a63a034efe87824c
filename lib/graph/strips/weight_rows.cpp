// SPDX-License-Identifier: MIT
#include "graph/strips/weight_rows.h"

#include <algorithm>
#include <cmath>

#include "base/assertion.h"
#include "base/rounding.h"
#include "graph/kernels/edge_kernel.h"
#include "graph/kernels/vector_lanes.h"

namespace tessera::graph {
namespace {

// Whole vectors are read and written; what the padding holds is finite.
int whole_vectors(int width) { return base::rounded_up(width, kSimilarityPixels); }

struct DegreeRow {
  std::array<const float*, kEdgePlanes> here, above;  // raw weights of this row and the one above
  float* scale;                                       // 1 / sqrt(s)
  int width;
};

// The smallest degree of a pixel that has an edge is 1e-5; a pixel alone has no edge to scale.
constexpr float kSmallestDegree = 1e-30F;

template <int N>
[[gnu::always_inline]] inline void scale_row(const DegreeRow row) {
  const auto [right, below_left, below, below_right] = row.here;
  const float *above_right = row.above[1], *up = row.above[2], *above_left = row.above[3];
  float* const scale = row.scale;
  const int width = whole_vectors(row.width);
  const Float<N> smallest = broadcast<N>(kSmallestDegree);
  for (int x = 0; x < width; x += N) {
    const Float<N> degree = load<N>(right + x) + load<N>(below_left + x) + load<N>(below + x) +
                            load<N>(below_right + x) + load<N>(right + x - 1) +
                            load<N>(above_right + x + 1) + load<N>(up + x) +
                            load<N>(above_left + x - 1);
    store<N>(scale + x, degree > smallest ? degree : smallest);
  }
  for (int x = 0; x < width; ++x) scale[x] = 1.0F / std::sqrt(scale[x]);
}

struct NormalRow {
  const float *raw, *here, *there;  // here, there: 1 / sqrt(s) at the two ends
  float* out;
  int width;
};

// out is not among the inputs, so the last vector may overlap the one before.
template <int N>
[[gnu::always_inline]] inline void normalise(const NormalRow row) {
  for (int x = 0; x < row.width; x += N) {
    if (x + N > row.width) x = row.width - N;
    __builtin_prefetch(row.out + x + row.width, 1);  // the next row of a plane of its own
    store<N>(row.out + x, load<N>(row.raw + x) * load<N>(row.here + x) * load<N>(row.there + x));
  }
}

TESSERA_TARGET_16 void scale_16(const DegreeRow& row) { scale_row<16>(row); }
TESSERA_TARGET_8 void scale_8(const DegreeRow& row) { scale_row<8>(row); }
void scale_4(const DegreeRow& row) { scale_row<4>(row); }

TESSERA_TARGET_16 void normalise_16(const NormalRow& row) { normalise<16>(row); }
TESSERA_TARGET_8 void normalise_8(const NormalRow& row) { normalise<8>(row); }
void normalise_1(const NormalRow& row) { normalise<1>(row); }

void normalise_any(int lanes, const NormalRow& row) {
  if (lanes >= 16 && row.width >= 16) return normalise_16(row);
  if (lanes >= 8 && row.width >= 8) return normalise_8(row);
  normalise_1(row);
}

}  // namespace

int padded_row(int width) { return whole_vectors(width) + 2 * kNodePad; }

WeightRows::WeightRows(int features, int widest, Workspace& scratch)
    : features_(features), lanes_(vector_lanes()) {
  const int padded = padded_row(widest) + kNodePad;  // an odd number of cache lines
  raw_ = scratch.take({2 * kEdgePlanes, 1, padded});
  scales_ = scratch.take({2, 1, padded});
}

void WeightRows::start(NodeRows& nodes, int width, int height, int first) {
  TESSERA_ASSERT(padded_row(width) <= raw_.width());
  nodes_ = &nodes;
  width_ = width;
  height_ = height;
  next_ = first;
  std::fill_n(raw_.data(), raw_.shape().count(), 0.0F);
  std::fill_n(scales_.data(), scales_.shape().count(), 0.0F);
  if (first > 0) make_raw(first - 1);
  make_raw(first);
  make_scale(first);
}

void WeightRows::make_raw(int row) {
  const bool last = row + 1 == height_;
  const float* const here = nodes_->row(row);
  const float* const below = last ? nullptr : nodes_->row(row + 1);
  const auto ahead = nodes_->place(std::min(row + 2, height_ - 1));
  const int padded = whole_vectors(width_);
  similarities(lanes_, {here,
                        below,
                        nodes_->stride(),
                        features_,
                        padded,
                        {raw(row, 0), raw(row, 1), raw(row, 2), raw(row, 3)},
                        ahead.first,
                        ahead.stride});
  raw(row, 0)[width_ - 1] = 0.0F;
  if (last) {
    for (int e = 1; e < kEdgePlanes; ++e) std::fill_n(raw(row, e), padded, 0.0F);
    return;
  }
  raw(row, 1)[0] = 0.0F;
  raw(row, 1)[width_] = 0.0F;  // of a pixel outside to the last one
  raw(row, 3)[width_ - 1] = 0.0F;
}

void WeightRows::make_scale(int row) {
  DegreeRow degrees{{}, {}, scale(row), width_};
  for (int e = 0; e < kEdgePlanes; ++e) {
    degrees.here[e] = raw(row, e);
    degrees.above[e] = raw(row - 1, e);
  }
  if (lanes_ >= 16) return scale_16(degrees);
  if (lanes_ >= 8) return scale_8(degrees);
  scale_4(degrees);
}

// A row is normalised when the scales of the row below are known.
void WeightRows::next(const std::array<float*, kEdgePlanes>& out) {
  TESSERA_ASSERT(nodes_ != nullptr && next_ < height_);
  const int row = next_++;
  if (row + 1 < height_) {
    make_raw(row + 1);
    make_scale(row + 1);
  }
  for (int e = 0; e < kEdgePlanes; ++e) {
    const auto [dy, dx] = kForwardOffsets[e];
    normalise_any(lanes_, {raw(row, e), scale(row), scale(row + dy) + dx, out[e], width_});
  }
}

}  // namespace tessera::graph
