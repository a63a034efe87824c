// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "graph/learned_filter.h"
#include "model/network.h"
#include "nn/cell_rows.h"
#include "nn/pointwise/sub_pixel_conv2d.h"
#include "tensor/workspace.h"

namespace tessera::model {

/// Confidences lie below this; it enters the bound on the spectrum.
inline constexpr float kConfidenceLimit = 2.0F;

/// Some planes, two pairs of rows of which are at hand.
class RowPairs {
 public:
  RowPairs(int planes, int widest, Workspace& scratch);

  /// Zeros in and around all rows.
  void clear() const;
  /// The first pixel of a row; the next plane lies stride() floats behind.
  float* at(int row, int plane) const { return rows_.row(row & 3, plane) + graph::kNodePad; }
  std::size_t stride() const { return static_cast<std::size_t>(rows_.width()); }
  /// Where rows 2 * pair and 2 * pair + 1 go.
  nn::RowPair pair(int pair) const;

 private:
  TensorView<float> rows_;  // (4, planes, padded)
};

/// What all heads of a graph block on the image are given.
struct ImageGraphPicture {
  const nn::CellRows& mean;  ///< the prior mean r
  const Observed& observed;  ///< (C, H, W) each
  TensorView<float> out;     ///< (C, H, W), apart from what was observed
};

/// One head: its nodes and the weight of its solution in the result.
struct ImageGraphHead {
  int index, features;
  float mix;
  const nn::SubPixelConv2d::Rows& nodes;  ///< features, then logits by kind
};

/// The problem of one head of a graph block on the image, row by row, and
/// out = r + sum_g mix_g x_g.
class ImageGraphProblem : public graph::RowProblem {
 public:
  ImageGraphProblem(const ImageGraphPicture& picture,
                    const ImageGraphHead& head,
                    int widest,
                    Workspace& scratch);

  void start(const graph::Strip& strip) final;
  const float* row(int row) final;
  std::size_t stride() const final { return nodes_.stride(); }
  Place place(int row) const final { return {nodes_.at(row, 0), stride()}; }
  void load(int row, const graph::ProblemRow& target) final;
  std::span<const float* const> sources(int row) final;
  void store(int row, const float* x, std::size_t stride) final;

 protected:
  /// Fills in a row of the problem. For the first head, r stands in the strip's own columns of
  /// `out`, and may be overwritten.
  virtual void fill(int row, const graph::ProblemRow& target) const = 0;

  const ImageGraphPicture& picture() const { return picture_; }
  const graph::Strip& strip() const { return strip_; }
  bool is_first_head() const { return head_.index == 0; }
  /// From the strip's first column on.
  const float* mean(int row, int channel) const { return mean_.at(row, channel); }
  /// Likewise the head's logits of one kind.
  const float* logits(int row, int kind) const { return nodes_.at(row, head_.features + kind); }

 private:
  const ImageGraphPicture& picture_;
  ImageGraphHead head_;
  RowPairs nodes_, mean_;
  TensorView<float> cells_;  // a row of cells of nodes, before it becomes a pair of rows
  graph::Strip strip_{};
  int pairs_ = 0;  // of rows of nodes that were made
  std::vector<const float*> sources_;
};

}  // namespace tessera::model
