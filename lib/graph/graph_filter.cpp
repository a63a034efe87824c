// SPDX-License-Identifier: MIT
#include "graph/graph_filter.h"

#include <algorithm>

#include "graph/filter_kernel.h"
#include "graph/neighbourhood.h"
#include "graph/vector_lanes.h"

namespace tessera::graph {
namespace {

// Half of a second-level cache of 1 MiB, in floats.
constexpr std::size_t kCacheFloats = (512 << 10) / sizeof(float);
// Narrower strips would recompute more halo than they save traffic.
constexpr int kNarrowestStrip = 96;

std::size_t rounded_up(std::size_t value) { return (value + 15) / 16 * 16; }

// Runs all steps over one vertical strip of columns as a wavefront of rows: when row t arrives,
// pass j (the start, then the steps) works on row t - j, and the rows that any pass still reads
// stay in a ring of steps + 2 row slots. The strip's halo of `steps` columns is recomputed.
class Strip {
 public:
  Strip(const FilterMatrix& matrix,
        TensorView<const float> b,
        TensorView<float> x,
        std::span<const CgStep> steps,
        const FilterRowLayout& layout,
        TensorView<float> ring)
      : matrix_(matrix), b_(b), x_(x), steps_(steps), layout_(layout), ring_(ring) {}

  // Output columns [first, last). `left` holds the start values of the `steps` columns before
  // `first`, which the previous strip has overwritten in x: (C, H, steps).
  void run(int first, int last, TensorView<const float> left) {
    const int halo = static_cast<int>(steps_.size()), passes = halo;
    first_ = first;
    last_ = last;
    begin_ = std::max(0, first - halo);
    end_ = std::min(x_.width(), last + halo);
    std::fill_n(ring_.data(), ring_.shape().count(), 0.0F);
    const int height = x_.height();
    load_row(0, left);
    for (int t = 0; t < height + passes - 1; ++t) {
      if (t + 1 < height) load_row(t + 1, left);
      for (int j = 0; j < passes; ++j)
        if (t - j >= 0 && t - j < height) run_pass(j, t - j);
      if (t - (passes - 1) >= 0) store_row(t - (passes - 1));
    }
  }

 private:
  float* slot(int row) const {
    const int rows = ring_.channels();
    return ring_.plane((row + rows) % rows) + kRowPad;
  }

  void run_pass(int j, int row) const {
    const FilterPass pass{layout_,
                          slot(row - 1),
                          slot(row),
                          slot(row + 1),
                          static_cast<int>(rounded_up(end_ - begin_)),
                          matrix_.diagonal_value,
                          matrix_.laplacian_scale};
    if (j == 0) return filter_start(lanes_, pass);
    const CgStep step = steps_[j - 1];
    filter_step(lanes_, pass, {j - 1, step.alpha, step.beta, steps_[j].alpha});
  }

  void load_row(int row, TensorView<const float> left) const {
    const int width = end_ - begin_;
    float* target = slot(row);
    const auto copy = [&](const float* source) {
      std::copy_n(source + begin_, width, target);
      target += kRowStride;
    };
    // Edges that leave the image do not exist, whatever their weights say. Those that leave the
    // strip are dropped too, so that its halo stays a graph of its own and nothing reaches the
    // padding.
    for (int e = 0; e < kEdgePlanes; ++e) {
      copy(matrix_.weights.row(e, row));
      float* weights = target - kRowStride;
      const auto [dy, dx] = kForwardOffsets[e];
      if (row + dy >= x_.height()) std::fill_n(weights, width, 0.0F);
      if (dx < 0) weights[0] = 0.0F;
      if (dx > 0) weights[width - 1] = 0.0F;
    }
    for (int c = 0; c < layout_.channels; ++c) {
      copy(x_.row(c, row));
      if (begin_ < first_) {
        const int halo = first_ - begin_;
        const float* saved = left.row(c, row) + left.width() - halo;
        std::copy_n(saved, halo, target - kRowStride);
      }
    }
    for (int c = 0; c < layout_.channels; ++c) copy(b_.row(c, row));
    target = slot(row) + layout_.diagonal() * kRowStride;
    for (int c = 0; c < layout_.diagonal_channels; ++c) copy(matrix_.diagonal.row(c, row));
    for (int c = 0; c < layout_.free_channels; ++c) copy(matrix_.free.row(c, row));
  }

  // The last step needs no product: it is in x already, or, after an odd number of steps, added
  // here.
  void store_row(int row) const {
    const int last_step = static_cast<int>(steps_.size()) - 1;
    const float alpha = steps_[last_step].alpha;
    for (int c = 0; c < layout_.channels; ++c) {
      const float* x = slot(row) + (layout_.x() + c) * kRowStride - begin_;
      const float* p = slot(row) + (layout_.p(last_step) + c) * kRowStride - begin_;
      float* __restrict out = x_.row(c, row);
      if (last_step % 2 == 0)
        for (int i = first_; i < last_; ++i) out[i] = x[i] + alpha * p[i];
      else
        std::copy(x + first_, x + last_, out + first_);
    }
  }

  const FilterMatrix& matrix_;
  TensorView<const float> b_;
  TensorView<float> x_;
  std::span<const CgStep> steps_;
  const FilterRowLayout& layout_;
  TensorView<float> ring_;  // (steps + 2, planes, kRowStride): one slot of rows per channel
  int lanes_ = vector_lanes();
  int first_ = 0, last_ = 0, begin_ = 0, end_ = 0;
};

// Output columns per strip, so that what the passes use of the ring fits the cache; equal shares.
int strip_width(int width, int planes, int steps) {
  if (width <= kRowPixels) return width;
  const std::size_t per_column = static_cast<std::size_t>(planes) * (steps + 2);
  const int fitting = static_cast<int>(kCacheFloats / per_column) - 2 * steps;
  const int widest =
      std::min(std::max({fitting, kNarrowestStrip, 2 * steps}), kRowPixels - 2 * steps);
  const int strips = (width + widest - 1) / widest;
  return (width + strips - 1) / strips;
}

// Copies the `steps` columns before `last` of x, or as many as there are, right-aligned.
void save_columns(TensorView<const float> x, int last, TensorView<float> saved) {
  const int count = std::min(saved.width(), last);
  for (int c = 0; c < x.channels(); ++c)
    for (int row = 0; row < x.height(); ++row)
      std::copy_n(x.row(c, row) + last - count, count, saved.row(c, row) + saved.width() - count);
}

void filter_group(const FilterMatrix& matrix,
                  TensorView<const float> b,
                  TensorView<float> x,
                  std::span<const CgStep> steps,
                  Workspace& scratch) {
  const WorkspaceScope scope(scratch);
  const int count = static_cast<int>(steps.size());
  const FilterRowLayout layout{b.channels(), matrix.diagonal.channels(), matrix.free.channels()};
  const int columns = strip_width(b.width(), layout.planes(), count);
  const auto ring = scratch.take({count + 2, layout.planes(), kRowStride});
  const bool several = columns < b.width();
  const Shape halo{b.channels(), b.height(), several ? count : 0};
  TensorView<float> left = scratch.take(halo), next = scratch.take(halo);
  Strip strip(matrix, b, x, steps, layout, ring);
  for (int first = 0; first < b.width(); first += columns) {
    const int last = std::min(first + columns, b.width());
    if (last < b.width()) save_columns(x, last, next);
    strip.run(first, last, left);
    std::swap(left, next);
  }
}

// The channels [first, first + count) of a view that has one plane, all of them, or none.
TensorView<const float> group_of(TensorView<const float> planes, int first, int count) {
  return planes.empty() || planes.channels() == 1 ? planes : planes.channels(first, count);
}

}  // namespace

void filter_by_learned_cg(const FilterMatrix& matrix,
                          TensorView<const float> b,
                          TensorView<float> x,
                          std::span<const CgStep> steps,
                          Workspace& scratch) {
  TESSERA_ASSERT(b.shape() == x.shape() && matrix.weights.channels() == kEdgePlanes);
  TESSERA_ASSERT(matrix.weights.shape().plane() == b.shape().plane());
  TESSERA_ASSERT(steps.size() <= 128);  // 3 * steps fit kRowPixels
  if (steps.empty() || b.shape().count() == 0) return;
  const int groups = (b.channels() + kFilterGroup - 1) / kFilterGroup;
  for (int group = 0; group < groups; ++group) {
    const int first = b.channels() * group / groups;
    const int count = b.channels() * (group + 1) / groups - first;
    FilterMatrix part = matrix;
    part.diagonal = group_of(matrix.diagonal, first, count);
    part.free = group_of(matrix.free, first, count);
    filter_group(part, b.channels(first, count), x.channels(first, count), steps, scratch);
  }
}

}  // namespace tessera::graph
