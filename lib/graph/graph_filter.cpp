// SPDX-License-Identifier: MIT
#include "graph/graph_filter.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/rounding.h"
#include "base/threads/threads_inside.h"
#include "graph/kernels/filter_kernel.h"
#include "graph/kernels/vector_lanes.h"
#include "graph/neighbourhood.h"

namespace tessera::graph {
namespace {

// Half of a second-level cache of 1 MiB, in floats.
constexpr std::size_t kCacheFloats = (512 << 10) / sizeof(float);
// Narrower strips would recompute more halo than they save traffic.
constexpr int kNarrowestStrip = 96;

// Copies a row and asks for the one that lies `ahead` floats behind it.
void copy_and_prefetch(const float* source, int width, std::ptrdiff_t ahead, float* target) {
  constexpr int kLine = 16;
  for (int i = 0; i < width; i += kLine) __builtin_prefetch(source + i + ahead);
  std::copy_n(source, width, target);
}

void scale_row(float scale, int width, float* row) {
  if (scale == 1.0F) return;
  for (int i = 0; i < width; ++i) row[i] *= scale;
}

// Where x goes: into the planes that hold its start, or, from a start of zero, added to them.
struct FilterTarget {
  TensorView<float> planes;
  bool adds = false;
  float factor = 1.0F;  // of x in the sum
};

// Runs all steps over one vertical strip of columns as a wavefront of rows: when row t arrives,
// step j works on row t - j, and the rows that any step still reads stay in a ring of steps + 2 row
// slots. The strip's halo of `steps` columns is recomputed.
class Strip {
 public:
  Strip(const FilterMatrix& matrix,
        TensorView<const float> b,
        const FilterTarget& target,
        std::span<const CgStep> steps,
        const FilterRowLayout& layout,
        TensorView<float> ring)
      : matrix_(matrix), b_(b), target_(target), steps_(steps), layout_(layout), ring_(ring) {}

  // Output columns [first, last). `left` and `right` hold the start values around these two
  // columns, which neighbours overwrite: see start_around(). Not read when the target is a sum.
  void run(int first, int last, TensorView<const float> left, TensorView<const float> right) {
    const int halo = static_cast<int>(steps_.size()), passes = halo - first_step();
    first_ = first;
    last_ = last;
    begin_ = std::max(0, first - halo);
    end_ = std::min(b_.width(), last + halo);
    std::fill_n(ring_.data(), ring_.shape().count(), 0.0F);
    const int height = b_.height();
    left_ = left;
    right_ = right;
    load_row(0);
    for (int t = 0; t < height + passes - 1; ++t) {
      if (t + 1 < height) load_row(t + 1);
      for (int j = 0; j < passes; ++j)
        if (t - j >= 0 && t - j < height) run_step(j + first_step(), t - j);
      if (t - (passes - 1) >= 0) store_row(t - (passes - 1));
    }
  }

 private:
  float* slot(int row) const {
    const int rows = ring_.channels();
    return ring_.plane((row + rows) % rows) + kRowPad;
  }

  // From zero the first step has nothing to multiply: it is made while a row is loaded. A run of
  // that step alone is too short to be worth a way of its own.
  int first_step() const { return target_.adds && steps_.size() > 1 ? 1 : 0; }

  void run_step(int step, int row) const {
    const FilterPass pass{layout_,
                          slot(row - 1),
                          slot(row),
                          slot(row + 1),
                          base::rounded_up(end_ - begin_, 16),
                          matrix_.diagonal_value};
    filter_step(lanes_, pass, {step, steps_[step].alpha, step > 0 ? steps_[step - 1].beta : 0.0F});
  }

  void load_row(int row) const {
    const int width = end_ - begin_;
    float* target = slot(row);
    // Rows are too short for hardware to foresee, so that of two loads later is asked for now.
    const std::ptrdiff_t ahead = std::ptrdiff_t{2} * b_.width();
    const auto copy = [&](const float* source) {
      copy_and_prefetch(source + begin_, width, ahead, target);
      target += kRowStride;
    };
    // Edges that leave the image do not exist, whatever their weights say. Those that leave the
    // strip are dropped too, so that its halo stays a graph of its own and nothing reaches the
    // padding.
    for (int e = 0; e < kEdgePlanes; ++e) {
      copy(matrix_.weights.row(e, row));
      float* weights = target - kRowStride;
      const auto [dy, dx] = kForwardOffsets[e];
      scale_row(matrix_.laplacian_scale, width, weights);
      if (row + dy >= b_.height()) std::fill_n(weights, width, 0.0F);
      if (dx < 0) weights[0] = 0.0F;
      if (dx > 0) weights[width - 1] = 0.0F;
    }
    load_start(row, ahead, target);
    target = slot(row) + layout_.b() * kRowStride;
    for (int c = 0; c < layout_.channels; ++c) {
      copy(b_.row(c, row));
      if (first_step() > 0) first_step_of(target - kRowStride, c, width, slot(row));
    }
    target = slot(row) + layout_.diagonal() * kRowStride;
    for (int c = 0; c < layout_.diagonal_channels; ++c) {
      copy(matrix_.diagonal.row(c, row));
      scale_row(matrix_.diagonal_scale, width, target - kRowStride);
    }
    for (int c = 0; c < layout_.free_channels; ++c) copy(matrix_.free.row(c, row));
  }

  // p = b and x(1) = alpha b.
  void first_step_of(const float* b, int channel, int width, float* row) const {
    std::copy_n(b, width, row + (layout_.p() + channel) * kRowStride);
    float* const x = row + (layout_.x(1) + channel) * kRowStride;
    for (int i = 0; i < width; ++i) x[i] = steps_[0].alpha * b[i];
  }

  void load_start(int row, std::ptrdiff_t ahead, float* target) const {
    const int steps = static_cast<int>(steps_.size());
    for (int c = 0; c < layout_.channels; ++c) {
      float* to = target + c * kRowStride;
      if (target_.adds) {
        if (first_step() == 0) std::fill_n(to, end_ - begin_, 0.0F);
        continue;
      }
      if (begin_ < first_)
        to = std::copy_n(left_.row(c, row) + begin_ - first_ + steps, first_ - begin_, to);
      copy_and_prefetch(target_.planes.row(c, row) + first_, last_ - first_, ahead, to);
      to += last_ - first_;
      if (end_ > last_) std::copy_n(right_.row(c, row) + steps, end_ - last_, to);
    }
  }

  void store_row(int row) const {
    const int plane = layout_.x(static_cast<int>(steps_.size()));
    const float factor = target_.factor;
    for (int c = 0; c < layout_.channels; ++c) {
      const float* x = slot(row) + (plane + c) * kRowStride - begin_;
      float* __restrict out = target_.planes.row(c, row);
      if (target_.adds)
        for (int i = first_; i < last_; ++i) out[i] += factor * x[i];
      else
        std::copy(x + first_, x + last_, out + first_);
    }
  }

  const FilterMatrix& matrix_;
  TensorView<const float> b_;
  FilterTarget target_;
  std::span<const CgStep> steps_;
  const FilterRowLayout& layout_;
  TensorView<float> ring_;  // (steps + 2, planes, kRowStride): one slot of rows per channel
  int lanes_ = vector_lanes();
  int first_ = 0, last_ = 0, begin_ = 0, end_ = 0;
  TensorView<const float> left_, right_;
};

// How many strips, so that what the passes use of the ring fits the cache, and no thread inside
// stands idle.
int strip_count(int width, int planes, int steps) {
  const std::size_t per_column = static_cast<std::size_t>(planes) * (steps + 2);
  const int fitting = static_cast<int>(kCacheFloats / per_column) - 2 * steps;
  const int narrowest = std::max(kNarrowestStrip, 2 * steps);
  const int widest = std::min(std::max(fitting, narrowest), kRowPixels - 2 * steps);
  const int threads = base::threads_inside();
  const int strips = width <= kRowPixels ? 1 : (width + widest - 1) / widest;
  const int balanced = base::rounded_up(strips, threads);
  return width / balanced >= narrowest ? balanced : strips;
}

// The start values of the columns [column - steps, column + steps), as far as they exist.
// Shapes  result (C, H, 2 * steps).
TensorView<float> start_around(int column,
                               int steps,
                               TensorView<const float> x,
                               Workspace& scratch) {
  const auto saved = scratch.take({x.channels(), x.height(), 2 * steps});
  const int begin = std::max(0, column - steps), end = std::min(x.width(), column + steps);
  for (int c = 0; c < x.channels(); ++c)
    for (int row = 0; row < x.height(); ++row)
      std::copy(x.row(c, row) + begin, x.row(c, row) + end,
                saved.row(c, row) + begin - column + steps);
  return saved;
}

void filter_group(const FilterMatrix& matrix,
                  TensorView<const float> b,
                  const FilterTarget& target,
                  std::span<const CgStep> steps,
                  Workspace& scratch) {
  const WorkspaceScope scope(scratch);
  const int count = static_cast<int>(steps.size());
  const FilterRowLayout layout{b.channels(), matrix.diagonal.channels(), matrix.free.channels()};
  const int strips = strip_count(b.width(), layout.planes(), count);
  const auto begin_of = [&](int strip) {
    return static_cast<int>(static_cast<std::int64_t>(b.width()) * strip / strips);
  };
  std::vector<TensorView<float>> starts(static_cast<std::size_t>(strips) + 1);
  for (int strip = 1; strip < strips && !target.adds; ++strip)
    starts[static_cast<std::size_t>(strip)] =
        start_around(begin_of(strip), count, target.planes, scratch);
  const int threads = std::min(base::threads_inside(), strips);
  std::vector<TensorView<float>> rings;
  for (int k = 0; k < threads; ++k)
    rings.push_back(scratch.take({count + 2, layout.planes(), kRowStride}));
  base::for_each_inside(threads, [&](int thread) {
    Strip strip(matrix, b, target, steps, layout, rings[static_cast<std::size_t>(thread)]);
    for (int k = thread; k < strips; k += threads)
      strip.run(begin_of(k), begin_of(k + 1), starts[static_cast<std::size_t>(k)],
                starts[static_cast<std::size_t>(k) + 1]);
  });
}

// The channels [first, first + count) of a view that has one plane, all of them, or none.
TensorView<const float> group_of(TensorView<const float> planes, int first, int count) {
  return planes.empty() || planes.channels() == 1 ? planes : planes.channels(first, count);
}

void filter_groups(const FilterMatrix& matrix,
                   TensorView<const float> b,
                   const FilterTarget& target,
                   std::span<const CgStep> steps,
                   Workspace& scratch) {
  TESSERA_ASSERT(b.shape() == target.planes.shape() && matrix.weights.channels() == kEdgePlanes);
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
    filter_group(part, b.channels(first, count),
                 {target.planes.channels(first, count), target.adds, target.factor}, steps,
                 scratch);
  }
}

}  // namespace

void filter_by_learned_cg(const FilterMatrix& matrix,
                          TensorView<const float> b,
                          TensorView<float> x,
                          std::span<const CgStep> steps,
                          Workspace& scratch) {
  filter_groups(matrix, b, {x}, steps, scratch);
}

void add_filtered_by_learned_cg(const FilterMatrix& matrix,
                                TensorView<const float> b,
                                float factor,
                                TensorView<float> sum,
                                std::span<const CgStep> steps,
                                Workspace& scratch) {
  filter_groups(matrix, b, {sum, true, factor}, steps, scratch);
}

}  // namespace tessera::graph
