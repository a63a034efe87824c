// SPDX-License-Identifier: MIT
#include "graph/total_variation.h"

#include <algorithm>
#include <vector>

#include "base/threads/threads_inside.h"
#include "graph/kernels/total_variation_kernel.h"
#include "graph/kernels/vector_lanes.h"
#include "graph/neighbourhood.h"

namespace tessera::graph {
namespace {

constexpr int kPad = 16;

// What one call works on.
struct Pass {
  TensorView<const float> weights, x;
  const EdgeLayer& layer;
  const SampleLayer* samples;  // null: none
  TensorView<float> t1, t2, right_side;
  int lanes = vector_lanes();
};

// The rows [first, last), and the flows that its rows share with those above and below.
// Shapes  flows (C, 4 rows: the first, the last, two in turn; 4 padded planes each).
struct Band {
  int first, last;
  std::vector<TensorView<float>> flows;

  TensorView<float> flows_of(int row, int channel) const {
    const int slot = row == first ? 0 : row + 1 == last ? 1 : 2 + (row & 1);
    return flows[channel].channels(slot * kEdgePlanes, kEdgePlanes);
  }
};

Band make_band(int first, int last, Shape shape, Workspace& scratch) {
  Band band{first, last, {}};
  for (int c = 0; c < shape.channels; ++c) {
    const auto flows = scratch.take({4 * kEdgePlanes, 1, shape.width + 2 * kPad});
    std::fill_n(flows.data(), flows.shape().count(), 0.0F);
    band.flows.push_back(flows);
  }
  return band;
}

void advance_row(const Pass& pass, int channel, int row, TensorView<float> flows) {
  const int width = pass.x.width();
  for (int e = 0; e < kEdgePlanes; ++e) {
    const auto [dy, dx] = kForwardOffsets[e];
    float* const flow = flows.plane(e) + kPad;
    const int first = std::max(0, -dx), last = width - std::max(0, dx);
    if (row + dy >= pass.x.height()) {
      std::fill_n(flow, width, 0.0F);
      continue;
    }
    const int plane = channel * kEdgePlanes + e;
    advance_edge_row(
        pass.lanes,
        {pass.weights.row(e, row), pass.x.row(channel, row), pass.x.row(channel, row + dy) + dx,
         pass.t1.row(plane, row), pass.t2.row(plane, row), flow, first, last, width},
        pass.layer);
  }
}

void finish_row(const Pass& pass,
                int channel,
                int row,
                TensorView<const float> here,
                TensorView<const float> above) {
  if (pass.right_side.empty()) return;
  FlowRow flows{{}, {}, pass.right_side.row(channel, row), pass.x.width()};
  for (int e = 0; e < kEdgePlanes; ++e) {
    flows.here[e] = here.plane(e) + kPad;
    flows.above[e] = above.plane(e) + kPad;
  }
  gather_flow_row(pass.lanes, flows);
  if (pass.samples == nullptr) return;
  const SampleLayer& samples = *pass.samples;
  advance_sample_row(
      pass.lanes,
      {samples.mask.row(channel, row), samples.samples.row(channel, row), pass.x.row(channel, row),
       samples.c.row(channel, row), flows.out, flows.width},
      samples, pass.layer.start.has_value(), pass.layer.last);
}

// The first row's right-hand side waits for the flows of the band above, unless there is none.
void run_band(const Pass& pass, const Band& band) {
  for (int c = 0; c < pass.x.channels(); ++c)
    for (int row = band.first; row < band.last; ++row) {
      const auto flows = band.flows_of(row, c);
      advance_row(pass, c, row, flows);
      if (row > band.first) {
        finish_row(pass, c, row, flows, band.flows_of(row - 1, c));
      } else if (row == 0) {
        // Nothing is above: a row of zeros, which the next but one overwrites.
        const auto none = band.flows[c].channels(2 * kEdgePlanes, kEdgePlanes);
        std::fill_n(none.data(), none.shape().count(), 0.0F);
        finish_row(pass, c, row, flows, none);
      }
    }
}

void run(const Pass& pass, Workspace& scratch) {
  const Shape shape = pass.x.shape();
  TESSERA_ASSERT(pass.weights.channels() == kEdgePlanes && pass.t1.shape() == pass.t2.shape());
  TESSERA_ASSERT(pass.t1.channels() == kEdgePlanes * shape.channels);
  TESSERA_ASSERT(pass.weights.shape().plane() == shape.plane());
  const WorkspaceScope scope(scratch);
  // The first row of a band is not its last, so that both can be kept.
  const int count = std::clamp(shape.height / 2, 1, base::threads_inside());
  std::vector<Band> bands;
  for (int k = 0; k < count; ++k)
    bands.push_back(
        make_band(shape.height * k / count, shape.height * (k + 1) / count, shape, scratch));
  base::for_each_inside(count, [&](int k) { run_band(pass, bands[k]); });
  for (int k = 1; k < count; ++k)
    for (int c = 0; c < shape.channels; ++c)
      finish_row(pass, c, bands[k].first, bands[k].flows_of(bands[k].first, c),
                 bands[k - 1].flows_of(bands[k - 1].last - 1, c));
}

}  // namespace

void advance_edges(TensorView<const float> weights,
                   TensorView<const float> x,
                   const EdgeLayer& layer,
                   TensorView<float> t1,
                   TensorView<float> t2,
                   TensorView<float> right_side,
                   Workspace& scratch) {
  run({weights, x, layer, nullptr, t1, t2, right_side}, scratch);
}

void advance_layer(TensorView<const float> weights,
                   TensorView<const float> x,
                   const EdgeLayer& layer,
                   const SampleLayer& samples,
                   TensorView<float> t1,
                   TensorView<float> t2,
                   TensorView<float> right_side,
                   Workspace& scratch) {
  TESSERA_ASSERT(samples.mask.shape() == x.shape() && samples.samples.shape() == x.shape());
  TESSERA_ASSERT(samples.c.shape() == x.shape() && right_side.shape() == x.shape());
  run({weights, x, layer, &samples, t1, t2, right_side}, scratch);
}

}  // namespace tessera::graph
