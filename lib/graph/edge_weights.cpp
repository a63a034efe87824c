// SPDX-License-Identifier: MIT
#include "graph/edge_weights.h"

#include <algorithm>
#include <vector>

#include "base/threads/threads_inside.h"
#include "graph/kernels/edge_kernel.h"
#include "graph/kernels/vector_lanes.h"
#include "graph/strips/weight_rows.h"

namespace tessera::graph {
namespace {

// The nodes of planes of features, or of what a metric makes of them. Two rows are copied one
// behind the other: planes of an image lie so far apart that they displace one another in the
// cache.
class PlaneNodes final : public NodeRows {
 public:
  // metric null: none.
  PlaneNodes(TensorView<const float> features, const float* metric, Workspace& scratch)
      : features_(features), metric_(metric), lanes_(vector_lanes()) {
    // An odd number of cache lines from feature to feature.
    rows_ = scratch.take({2 * features.channels(), 1, padded_row(features.width()) + kNodePad});
    std::fill_n(rows_.data(), rows_.shape().count(), 0.0F);
  }

  const float* row(int row) override {
    if (row > newest_) load(row);
    newest_ = std::max(newest_, row);
    return at(row);
  }
  std::size_t stride() const override { return static_cast<std::size_t>(rows_.width()); }
  Place place(int row) const override { return {features_.row(0, row), features_.shape().plane()}; }

 private:
  float* at(int row) const { return rows_.plane((row & 1) * features_.channels()) + kNodePad; }

  void load(int row) const {
    float* target = at(row);
    if (metric_ != nullptr)
      return project_row(lanes_, {features_.row(0, row), target, features_.shape().plane(),
                                  stride(), metric_, features_.channels(), features_.width()});
    for (int d = 0; d < features_.channels(); ++d, target += stride())
      std::copy_n(features_.row(d, row), features_.width(), target);
  }

  TensorView<const float> features_;
  const float* metric_;
  TensorView<float> rows_;
  int lanes_, newest_ = -1;
};

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
  const int height = features.height(), bands = std::min(base::threads_inside(), height);
  std::vector<PlaneNodes> nodes;
  std::vector<WeightRows> rows;
  for (int band = 0; band < bands; ++band) {
    nodes.emplace_back(features, metric, scratch);
    rows.emplace_back(features.channels(), features.width(), scratch);
  }
  base::for_each_inside(bands, [&](int band) {
    const int first = height * band / bands, last = height * (band + 1) / bands;
    rows[band].start(nodes[band], features.width(), height, first);
    for (int row = first; row < last; ++row)
      rows[band].next(
          {weights.row(0, row), weights.row(1, row), weights.row(2, row), weights.row(3, row)});
  });
}

}  // namespace tessera::graph
