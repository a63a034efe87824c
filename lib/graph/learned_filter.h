// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "graph/graph_filter.h"
#include "graph/strips/strip.h"
#include "graph/strips/weight_rows.h"
#include "tensor/workspace.h"

namespace tessera::graph {

// A graph filter whose graph and right-hand side are made row by row as it runs, and are nowhere in
// memory: edge_weights() and filter_by_learned_cg() in one pass, with the same bits.

/// Where one row of a problem goes: the first pixel of planes that lie `stride` floats apart. The
/// strip's pixels are written, and nothing around them.
struct ProblemRow {
  float* source;    ///< C planes: b, or the values that are fixed, with zeros where x is free
  float* diagonal;  ///< one plane
  float* free;      ///< C planes in {0, 1}; null where nothing is fixed
  std::size_t stride;
};

/// A problem (diag(diagonal) + L) x = b on the graph of its nodes, told row by row for one strip of
/// an image after the other. Where values are fixed, x continues them: b = -L fixed on the free
/// pixels.
///
/// Threads  one at a time.
class RowProblem : public NodeRows {
 public:
  /// From now on rows, from the top down, are those of the strip with its halo.
  virtual void start(const Strip& strip) = 0;
  /// A row of source, diagonal and free. Each is asked for once, in order, after the nodes of the
  /// row below, where there is one, and before those of the third one below.
  virtual void load(int row, const ProblemRow& target) = 0;
  /// The rows in memory that load(row) or store(row) will touch, as StripRows::sources has them.
  virtual std::span<const float* const> sources(int row);
  /// Takes x in the strip's own columns; channels lie `stride` floats apart.
  virtual void store(int row, const float* x, std::size_t stride) = 0;
};

/// What is to be solved.
struct LearnedFilter {
  int channels = 0;  ///< C, at most kFilterGroup
  int features = 0;  ///< of a node
  int height = 0, width = 0;
  bool extends = false;           ///< values are fixed
  std::span<const CgStep> steps;  ///< 1 to kMostSteps
  int grid = 1;                   ///< strips begin and end at multiples of it, or with the image
};

/// Columns that a part of an image reads beyond its own, rounded up to the grid: one for each step
/// but the first, one for b where values are fixed, and one because the outermost ones miss edges
/// in their degrees.
int halo_of(const LearnedFilter& filter);

/// Runs all steps from zero.
/// make    a problem for one thread and strips of up to `widest` columns; called by the calling
///         thread. What it takes of the scratch memory lives as long as the call.
/// Cost    as edge_weights() and filter_by_learned_cg(), without their traffic.
/// Source  those two; a wavefront over rows as in temporal blocking of stencils.
void filter_on_learned_graph(
    const LearnedFilter& filter,
    const std::function<std::unique_ptr<RowProblem>(int widest, Workspace& scratch)>& make,
    Workspace& scratch);

/// The same problem in planes, for who looks at it.
struct FilterPlanes {
  FilterMatrix matrix;  ///< weights (4, H, W), diagonal (1, H, W), free (C, H, W) or empty
  TensorView<float> b;  ///< (C, H, W)
};
/// problem: for the whole width. The planes are taken from `scratch`.
FilterPlanes planes_of(const LearnedFilter& filter, RowProblem& problem, Workspace& scratch);

}  // namespace tessera::graph
