// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "analysis/equations/diffusion_tensor.h"
#include "analysis/filters/iteration_record.h"
#include "analysis/filters/layer_filter.h"
#include "analysis/graphs/attention_rows.h"
#include "analysis/graphs/graph_rows.h"
#include "analysis/graphs/similarity_kernel.h"
#include "model/trace.h"

namespace tessera::analysis {

/// How much work an analysis does.
struct Effort {
  int probes = 4;  ///< noise planes for traces and spectra
  int bins = 24;   ///< of spectra
  std::uint64_t seed = 1;
};

/// One learned graph: that of a head of a layer.
struct GraphRecord {
  std::string layer;
  int head = 0, scale = 1;
  Tensor weights;  ///< (4, H, W)
  Spread degree;
  Spread entropy;               ///< of rows, nats
  double entropy_limit = 0.0;   ///< mean of log K, K the neighbours that a pixel has
  SimilarityKernel similarity;  ///< against the picture's colours
};

/// One run of learned steps on such a graph.
struct FilterRecord {
  std::string layer;
  int head = 0, iteration = 0, scale = 1, reach = 0;
  model::GraphPrior prior = model::GraphPrior::Glr;
  bool extends = false;  ///< spreads known samples instead of smoothing
  float mix = 0.0F;      ///< see model::FilterEvent
  IterationRecord iterations;
  Gains realised, ideal;
  Spectrum realised_spectrum, ideal_spectrum;
  /// Where the matrix has a constant diagonal: response to eigenvalues of L from 0 to the bound.
  std::vector<double> eigenvalues, polynomial, exact;
  double symmetry_defect = 0.0;     ///< of the matrix; below 1e-6 by construction
  double degrees_of_freedom = 0.0;  ///< of the realised filter, per pixel; 1 on known ones
  DiffusionSummary diffusion;       ///< of the realised filter, in its own pixels
};

/// A value of a stream, kept.
struct StateRecord {
  std::string stream, layer;  ///< layer: what led to it; empty for the first
  int scale = 1;
  Tensor value;
  /// Graphs that ran between the state before and this one, indices into graphs.
  std::vector<std::size_t> graphs;
  /// Likewise attention, an index into attentions; -1 where there was none.
  int attention = -1;
};

/// Watches a run and measures every graph and filter as it passes.
class Recorder final : public model::Trace {
 public:
  /// `picture`: colours at full size that graphs are compared with; outlives this.
  Recorder(TensorView<const float> picture, const Effort& effort)
      : picture_(picture), effort_(effort) {}
  void enter(const std::string& layer) override;
  void filter(const model::FilterEvent& event) override;
  void state(const model::StateEvent& event) override;
  void attention(const model::AttentionEvent& event) override;

  std::vector<GraphRecord> graphs;
  std::vector<FilterRecord> filters;
  std::vector<StateRecord> states;
  std::vector<AttentionRecord> attentions;

 private:
  void record_graph(const model::FilterEvent& event);

  TensorView<const float> picture_;
  Effort effort_;
  std::string layer_;
  std::size_t told_graphs_ = 0;  ///< graphs that the last state knew of
  std::size_t told_attentions_ = 0;
};

/// Keeps the states of a run and measures nothing.
class StateRecorder final : public model::Trace {
 public:
  void enter(const std::string& layer) override { layer_ = layer; }
  void filter(const model::FilterEvent& /*event*/) override {}
  void state(const model::StateEvent& event) override;

  std::vector<StateRecord> states;

 private:
  std::string layer_;
};

/// `picture` at 1 / scale: means over scale x scale pixels.
Tensor reduced(TensorView<const float> picture, int scale);

}  // namespace tessera::analysis
