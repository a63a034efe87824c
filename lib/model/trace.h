// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "graph/graph_filter.h"
#include "model/architecture/architecture.h"
#include "nn/feature_map.h"
#include "tensor/tensor_view.h"
#include "tensor/workspace.h"

namespace tessera::model {

/// One head is about to solve A x = b on its graph by learned conjugate gradient steps.
/// Views are valid during the call only. The run itself is a fixed function of what stands here.
struct FilterEvent {
  int head = 0;
  int iteration = 0;  ///< of an unrolled solver that filters several times with one graph
  int scale = 1;      ///< the graph has 1 / scale of the picture's height and width
  GraphPrior prior = GraphPrior::Glr;  ///< what is smooth: x'Lx or |Cx|_1
  TensorView<const float> weights;     ///< of the graph, (4, H, W); the matrix may hold squares
  graph::FilterMatrix matrix;          ///< A
  TensorView<const float> b;           ///< (C, H, W)
  TensorView<const float> start{};     ///< likewise
  bool from_zero = false;              ///< whether the start is 0 whatever b is
  std::span<const graph::CgStep> steps;
  float mix = 1.0F;  ///< weight of the result in what the layer returns, mean over planes
};

/// The softmax rows of one window of a layer's attention.
struct AttentionEvent {
  Region window;  ///< on the layer's map; may reach beyond it, and keys there have weight zero
  int scale = 1;  ///< the map has 1 / scale of the picture's height and width
  TensorView<const float> rows;  ///< (G, K, K): head, query, key, pixels in reading order
};

/// A new value of something that layers advance step by step, so that the difference of two values
/// in a row is what a layer did.
struct StateEvent {
  std::string_view stream;  ///< "image" or "features"
  int scale = 1;
  TensorView<const float> value;  ///< (C, H, W), valid during the call only
};

/// Watches a network run, for analysis. A network without a trace does nothing for it; with one it
/// computes the same bits. A trace belongs to one run on one thread.
class Trace {
 public:
  virtual ~Trace() = default;
  /// What follows happens in this layer: "blocks.0", "feature_graphs.1", "image_graph".
  virtual void enter(const std::string& layer) = 0;
  virtual void filter(const FilterEvent& event) = 0;
  virtual void state(const StateEvent& event) = 0;
  virtual void attention(const AttentionEvent& /*event*/) {}
  /// False for a trace that only wants to know which layer runs: states are not copied for it, and
  /// it may not be told of filters.
  virtual bool wants_values() const { return true; }
};

/// Solves A x = b as `event` says, after telling `trace`, when there is one, of it.
/// Shapes  x (C, H, W): the start on entry; event.start is set from it.
void run_filter(const FilterEvent& event, TensorView<float> x, Trace* trace, Workspace& scratch);

/// Tells `trace`, when there is one, the value of a stream.
void trace_state(Trace* trace, std::string_view stream, int scale, TensorView<const float> value);
/// Likewise features, whose planes are copied only when there is a trace.
void trace_state(Trace* trace,
                 std::string_view stream,
                 int scale,
                 const nn::FeatureMap& value,
                 Workspace& scratch);
/// Likewise a map that holds the channels of a pixel side by side.  Shapes  pixels (H, W, C).
void trace_pixels(Trace* trace,
                  std::string_view stream,
                  int scale,
                  TensorView<const float> pixels,
                  Workspace& scratch);

}  // namespace tessera::model
