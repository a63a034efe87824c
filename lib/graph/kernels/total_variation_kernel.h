// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include "graph/total_variation.h"

namespace tessera::graph {

/// The edges of one plane that start in columns [first, last) of one row.
struct EdgeRow {
  const float *weights, *here, *there;  ///< x at the two ends of the edge, by its first pixel
  float *t1, *t2;
  float* flow;  ///< w (n1 - p1 - n2 + p2)/2, what C' gathers
  int first, last;
  int width;  ///< to the next row of each plane
};
/// Advances t1 and t2 and writes the flows; see advance_edges.
void advance_edge_row(int lanes, const EdgeRow& row, const EdgeLayer& layer);

/// C' of the flows of one row of pixels.
struct FlowRow {
  std::array<const float*, 4> here, above;  ///< flows by edge plane; readable one pixel around
  float* out;
  int width;
};
/// out = forward edges, then backward ones.
void gather_flow_row(int lanes, const FlowRow& row);

/// The samples of one row of one channel.
struct SampleRow {
  const float *mask, *samples, *x;
  float *c, *right_side;
  int width;
};
/// See SampleLayer; `first`: c is zero and not read, `last`: it is not written.
void advance_sample_row(
    int lanes, const SampleRow& row, const SampleLayer& layer, bool first, bool last);

}  // namespace tessera::graph
