// SPDX-License-Identifier: MIT
#include "graph/edge_weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/rounding.h"
#include "base/threads/threads_inside.h"
#include "graph/kernels/edge_kernel.h"
#include "graph/kernels/vector_lanes.h"
#include "graph/neighbourhood.h"

namespace tessera::graph {
namespace {

constexpr int kPad = 16;

// exp(-d) of the edges of one row, zero where an edge leaves the image, by plane.
struct RawRow {
  TensorView<float> planes;  // (4, 1, kPad + W rounded up + kPad)
  float* edge(int e) const { return planes.plane(e) + kPad; }
};

// The features of two rows, one behind the other: planes of an image lie so far apart that they
// displace one another in the cache. The pixels around a row are zero.
struct FeatureRows {
  TensorView<float> planes;  // (2 D, 1, as of RawRow)
  float* at(int row) const { return planes.plane((row & 1) * planes.channels() / 2) + kPad; }
};

// What the nodes of a graph are: features, and the metric that they go through; null: none.
struct Nodes {
  TensorView<const float> features;
  const float* metric;
};

void load_features(int lanes, const Nodes& nodes, int row, const FeatureRows& rows) {
  float* target = rows.at(row);
  const TensorView<const float> features = nodes.features;
  if (nodes.metric != nullptr)
    return project_row(lanes, {features.row(0, row), target, features.shape().plane(),
                               static_cast<std::size_t>(rows.planes.width()), nodes.metric,
                               features.channels(), features.width()});
  for (int d = 0; d < features.channels(); ++d, target += rows.planes.width())
    std::copy_n(features.row(d, row), features.width(), target);
}

// Rows are padded, so whole vectors are read and written; what the padding holds is finite.
int padded_width(int width) { return base::rounded_up(width, kSimilarityPixels); }

// Of row `row`, whose features are there, and those of the row below if there is one.
void raw_row(int lanes,
             TensorView<const float> features,
             const FeatureRows& rows,
             int row,
             const RawRow& raw) {
  const int width = features.width(), padded = padded_width(width);
  const bool last = row + 1 == features.height();
  similarities(lanes, {rows.at(row),
                       last ? nullptr : rows.at(row + 1),
                       static_cast<std::size_t>(rows.planes.width()),
                       features.channels(),
                       padded,
                       {raw.edge(0), raw.edge(1), raw.edge(2), raw.edge(3)},
                       features.row(0, std::min(row + 2, features.height() - 1)),
                       features.shape().plane()});
  raw.edge(0)[width - 1] = 0.0F;
  if (last) {
    for (int e = 1; e < kEdgePlanes; ++e) std::fill_n(raw.edge(e), padded, 0.0F);
    return;
  }
  raw.edge(1)[0] = 0.0F;
  raw.edge(1)[width] = 0.0F;  // of a pixel outside to the last one
  raw.edge(3)[width - 1] = 0.0F;
}

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
  const int width = padded_width(row.width);
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

void scale_row_any(int lanes, const RawRow& above, const RawRow& here, int width, float* scale) {
  DegreeRow row{{}, {}, scale, width};
  for (int e = 0; e < kEdgePlanes; ++e) row.here[e] = here.edge(e), row.above[e] = above.edge(e);
  if (lanes >= 16) return scale_16(row);
  if (lanes >= 8) return scale_8(row);
  scale_4(row);
}

void normalise_row(int lanes,
                   const RawRow& raw,
                   const float* here,
                   const float* below,
                   int row,
                   TensorView<float> weights) {
  const int width = weights.width();
  for (int e = 0; e < kEdgePlanes; ++e) {
    const auto [dy, dx] = kForwardOffsets[e];
    const NormalRow normal{raw.edge(e), here, (dy == 0 ? here : below) + dx, weights.row(e, row),
                           width};
    if (lanes >= 16 && width >= 16)
      normalise_16(normal);
    else if (lanes >= 8 && width >= 8)
      normalise_8(normal);
    else
      normalise_1(normal);
  }
}

/// Rings of two rows: a row is normalised when the scale of the row below is known.
struct RowRing {
  FeatureRows features;
  std::array<RawRow, 2> raw;
  TensorView<float> scales;
};

RowRing make_ring(int features, int width, Workspace& scratch) {
  const int padded = padded_width(width) + 3 * kPad;  // an odd number of cache lines
  RowRing ring;
  ring.features.planes = scratch.take({2 * features, 1, padded});
  std::fill_n(ring.features.planes.data(), ring.features.planes.shape().count(), 0.0F);
  for (RawRow& row : ring.raw) row.planes = scratch.take({kEdgePlanes, 1, padded});
  ring.scales = scratch.take({2, 1, padded});
  for (RawRow& row : ring.raw) std::fill_n(row.planes.data(), row.planes.shape().count(), 0.0F);
  std::fill_n(ring.scales.data(), ring.scales.shape().count(), 0.0F);
  return ring;
}

/// The rows [first, last) of `weights`.
void band_weights(
    const Nodes& nodes, int first, int last, const RowRing& ring, TensorView<float> weights) {
  const TensorView<const float> features = nodes.features;
  const int height = features.height(), width = features.width(), lanes = vector_lanes();
  const int start = std::max(first - 1, 0);
  load_features(lanes, nodes, start, ring.features);
  for (int row = start; row <= last; ++row) {
    const int now = row & 1, before = 1 - now;
    float* const scale = ring.scales.plane(now) + kPad;
    if (row < height) {
      if (row + 1 < height) load_features(lanes, nodes, row + 1, ring.features);
      raw_row(lanes, features, ring.features, row, ring.raw[now]);
      if (row >= first) scale_row_any(lanes, ring.raw[before], ring.raw[now], width, scale);
    }
    if (row > first)
      normalise_row(lanes, ring.raw[before], ring.scales.plane(before) + kPad, scale, row - 1,
                    weights);
  }
}

}  // namespace

void edge_weights(TensorView<const float> features, TensorView<float> weights, Workspace& scratch) {
  edge_weights(features, nullptr, weights, scratch);
}

void edge_weights(TensorView<const float> features,
                  const float* metric,
                  TensorView<float> weights,
                  Workspace& scratch) {
  TESSERA_ASSERT(weights.channels() == kEdgePlanes && features.channels() > 0);
  TESSERA_ASSERT(features.shape().plane() == weights.shape().plane());
  const WorkspaceScope scope(scratch);
  const int bands = std::min(base::threads_inside(), features.height());
  std::vector<RowRing> rings;
  for (int band = 0; band < bands; ++band)
    rings.push_back(make_ring(features.channels(), features.width(), scratch));
  base::for_each_inside(bands, [&](int band) {
    const int first = features.height() * band / bands;
    const int last = features.height() * (band + 1) / bands;
    band_weights({features, metric}, first, last, rings[static_cast<std::size_t>(band)], weights);
  });
}

}  // namespace tessera::graph
