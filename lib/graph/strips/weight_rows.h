// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>

#include "graph/neighbourhood.h"
#include "tensor/tensor_view.h"
#include "tensor/workspace.h"

namespace tessera::graph {

/// So many floats before and behind a row of nodes are read, and the row itself in whole vectors.
inline constexpr int kNodePad = 16;
/// Floats of a row of `width` pixels in whole vectors, with kNodePad at both sides.
int padded_row(int width);

/// The features of a graph's nodes, row by row from the top down.
class NodeRows {
 public:
  virtual ~NodeRows() = default;
  /// Feature 0 of the first pixel of a row; feature d lies d * stride() floats behind it. Rows are
  /// asked for in order, each at most twice, in succession; a row stays valid while the next one is
  /// asked for. What lies around it, see padded_row(), is finite.
  virtual const float* row(int row) = 0;
  virtual std::size_t stride() const = 0;

  /// Where row() will find a row in memory: its feature 0, and the floats to the next feature.
  struct Place {
    const float* first;
    std::size_t stride;
  };
  /// It is fetched while the rows before it are worked on. Of what is not in memory, any row that
  /// is at hand.
  virtual Place place(int row) const = 0;
};

/// The degree-normalised weights of a graph, see edge_weights(), row by row from the top down.
/// Threads  one at a time.
class WeightRows {
 public:
  /// Takes from `scratch` what rows of up to `widest` pixels need.
  WeightRows(int features, int widest, Workspace& scratch);

  /// The graph of other nodes, all of which stay until the next start(); `first` is the first row
  /// whose weights are wanted.
  void start(NodeRows& nodes, int width, int height, int first);
  /// The weights of the next row: plane e to out[e], as many as there are pixels. An edge that
  /// leaves the image weighs 0.
  void next(const std::array<float*, kEdgePlanes>& out);

 private:
  float* raw(int row, int edge) const {
    return raw_.plane((row & 1) * kEdgePlanes + edge) + kNodePad;
  }
  float* scale(int row) const { return scales_.plane(row & 1) + kNodePad; }
  void make_raw(int row);
  void make_scale(int row);

  int features_;
  TensorView<float> raw_;     // exp(-d) of the edges of two rows, 0 where an edge leaves the image
  TensorView<float> scales_;  // 1 / sqrt(degree) of two rows
  NodeRows* nodes_ = nullptr;
  int width_ = 0, height_ = 0, next_ = 0;
  int lanes_;
};

}  // namespace tessera::graph
