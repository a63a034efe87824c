// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "graph/graph_filter.h"
#include "graph/kernels/filter_kernel.h"
#include "tensor/tensor_view.h"
#include "tensor/workspace.h"

namespace tessera::graph {

/// The columns of one strip of an image: its own, whose results are right, and those around them
/// that it computes for that.
struct Strip {
  int index;        ///< from the left
  int first, last;  ///< its own: [first, last)
  int begin, end;   ///< with its halo, as far as the image reaches

  int width() const { return end - begin; }
};

/// The rows that a strip keeps: a ring of slots, each the planes of a FilterRowLayout.
class RowSlots {
 public:
  RowSlots(const FilterRowLayout& layout, TensorView<float> ring) : layout_(layout), ring_(ring) {}

  /// The strip's first pixel of one plane of a row; the next plane lies kRowStride behind.
  float* at(int row, int plane) const {
    const int slots = ring_.channels();
    return ring_.row((row + slots) % slots, plane) + kRowPad;
  }
  /// A pass over a row and its neighbours; nothing is asked for.
  FilterPass pass(int row, const Strip& strip, float diagonal_value) const;
  /// Zeros in and around the pixels of a strip.
  void clear(const Strip& strip) const;

 private:
  FilterRowLayout layout_;
  TensorView<float> ring_;  // (slots, planes, kRowStride)
};

/// Where the rows of a strip come from, and where its results go. One per thread.
class StripRows {
 public:
  virtual ~StripRows() = default;
  /// A strip begins; its rows follow from the top down.
  virtual void start(const Strip& strip) = 0;
  /// Fills the planes of a row, once and in order: the strip's pixels of weights, b, diagonal, free
  /// and x(0), and nothing around them. In a run from zero p and x(1) instead of x(0), see
  /// filter_start(), and no step needs the slot of the row below yet.
  virtual void load(int row, const RowSlots& slots) = 0;
  /// The rows in memory, from the strip's first pixel on, that load(row) will read, as far as it is
  /// worth asking for them while the rows above are worked on. Valid until the next call.
  virtual std::span<const float* const> sources(int row);
  /// x of a row; it points at the strip's first own column, the next channel kRowStride behind.
  virtual void store(int row, const float* x) = 0;
};

/// A run of learned conjugate gradient steps over an image, strip by strip.
struct StripRun {
  FilterRowLayout layout;
  std::span<const CgStep> steps;  ///< 1 to kMostSteps
  float diagonal_value = 0.0F;
  bool from_zero = false;
  int height = 0, width = 0;
  int halo = 0;  ///< columns, a multiple of the grid
  int grid = 1;  ///< strips begin and end at multiples of it, or with the image
};

/// How a run is divided: what its passes use of a ring fits a cache, and all threads inside have
/// strips, as long as these do not become so narrow that their halos are most of the work.
class StripPlan {
 public:
  explicit StripPlan(const StripRun& run);

  int strips() const { return strips_; }
  int threads() const { return threads_; }  ///< that share them
  Strip strip(int index) const;             ///< 0 ... strips() - 1

 private:
  int border(int strip) const;

  int width_, halo_, grid_;
  int strips_, threads_;
};

/// Runs all strips; rows[k] serves thread k of the plan. Rings are taken from `scratch`, and left
/// to the caller's scope.
void run_strips(const StripRun& run,
                const StripPlan& plan,
                std::span<StripRows* const> rows,
                Workspace& scratch);

}  // namespace tessera::graph
