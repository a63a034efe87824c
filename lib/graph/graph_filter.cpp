// SPDX-License-Identifier: MIT
#include "graph/graph_filter.h"

#include <algorithm>
#include <array>
#include <vector>

#include "graph/kernels/filter_kernel.h"
#include "graph/neighbourhood.h"
#include "graph/strips/strip.h"

namespace tessera::graph {
namespace {

void copy_scaled(const float* source, float scale, int width, float* target) {
  if (scale == 1.0F) {
    std::copy_n(source, width, target);
    return;
  }
  for (int i = 0; i < width; ++i) target[i] = scale * source[i];
}

// A group of channels that is filtered at once.
struct Problem {
  FilterMatrix matrix;
  TensorView<const float> b;
  TensorView<float> x;  // the start, and then the result
};

// Rows of planes in memory.
class PlaneRows final : public StripRows {
 public:
  // starts[k]: the start around the first column of strip k, see start_around().
  PlaneRows(const Problem& problem,
            const StripRun& run,
            const std::vector<TensorView<float>>& starts)
      : problem_(problem), run_(run), starts_(starts) {}

  void start(const Strip& strip) override { strip_ = strip; }

  void load(int row, const RowSlots& slots) override {
    const auto copy = [&](TensorView<const float> planes, int first_plane, float scale) {
      for (int c = 0; c < planes.channels(); ++c)
        copy_scaled(planes.row(c, row) + strip_.begin, scale, strip_.width(),
                    slots.at(row, first_plane + c));
    };
    const FilterMatrix& matrix = problem_.matrix;
    const FilterRowLayout& layout = run_.layout;
    copy(matrix.weights, 0, matrix.laplacian_scale);
    drop_outward_edges(row, slots);
    copy(matrix.diagonal, layout.diagonal(), matrix.diagonal_scale);
    copy(matrix.free, layout.free(), 1.0F);
    copy_start(row, slots);
    copy(problem_.b, layout.b(), 1.0F);
  }

  std::span<const float* const> sources(int row) override {
    const FilterMatrix& matrix = problem_.matrix;
    std::size_t count = 0;
    for (const TensorView<const float>& planes : {matrix.weights, matrix.diagonal, matrix.free,
                                                  TensorView<const float>(problem_.x), problem_.b})
      for (int c = 0; c < planes.channels(); ++c)
        sources_[count++] = planes.row(c, row) + strip_.begin;
    return std::span(sources_).first(count);
  }

  void store(int row, const float* x) override {
    for (int c = 0; c < problem_.x.channels(); ++c, x += kRowStride)
      std::copy_n(x, strip_.last - strip_.first, problem_.x.row(c, row) + strip_.first);
  }

 private:
  // Edges that leave the image do not exist, whatever their weights say. Those that leave the strip
  // are dropped too, so that its halo stays a graph of its own and nothing reaches the padding.
  void drop_outward_edges(int row, const RowSlots& slots) const {
    const int width = strip_.width();
    for (int e = 0; e < kEdgePlanes; ++e) {
      float* const weights = slots.at(row, e);
      const auto [dy, dx] = kForwardOffsets[e];
      if (row + dy >= run_.height) std::fill_n(weights, width, 0.0F);
      if (dx < 0) weights[0] = 0.0F;
      if (dx > 0) weights[width - 1] = 0.0F;
    }
  }

  // x(0): the strip's own columns from the planes, the halo from what was saved of them.
  void copy_start(int row, const RowSlots& slots) const {
    const auto [index, first, last, begin, end] = strip_;
    const auto k = static_cast<std::size_t>(index);
    for (int c = 0; c < problem_.x.channels(); ++c) {
      float* to = slots.at(row, run_.layout.x(0) + c);
      if (begin < first)
        to = std::copy_n(starts_[k].row(c, row) + run_.halo + begin - first, first - begin, to);
      to = std::copy_n(problem_.x.row(c, row) + first, last - first, to);
      if (end > last) std::copy_n(starts_[k + 1].row(c, row) + run_.halo, end - last, to);
    }
  }

  const Problem& problem_;
  const StripRun& run_;
  const std::vector<TensorView<float>>& starts_;
  Strip strip_{};
  std::array<const float*, kEdgePlanes + 4 * kFilterGroup> sources_{};
};

// The start values of the columns [column - halo, column + halo), as far as they exist.
// Shapes  result (C, H, 2 * halo).
TensorView<float> start_around(int column,
                               int halo,
                               TensorView<const float> x,
                               Workspace& scratch) {
  const auto saved = scratch.take({x.channels(), x.height(), 2 * halo});
  const int begin = std::max(0, column - halo), end = std::min(x.width(), column + halo);
  for (int c = 0; c < x.channels(); ++c)
    for (int row = 0; row < x.height(); ++row)
      std::copy(x.row(c, row) + begin, x.row(c, row) + end,
                saved.row(c, row) + begin - column + halo);
  return saved;
}

void filter_group(const Problem& problem, std::span<const CgStep> steps, Workspace& scratch) {
  const WorkspaceScope scope(scratch);
  const FilterMatrix& matrix = problem.matrix;
  const StripRun run{
      .layout = {problem.b.channels(), matrix.diagonal.channels(), matrix.free.channels()},
      .steps = steps,
      .diagonal_value = matrix.diagonal_value,
      .height = problem.b.height(),
      .width = problem.b.width(),
      .halo = static_cast<int>(steps.size())};
  const StripPlan plan(run);
  // Neighbours overwrite what a strip begins with in its halo.
  std::vector<TensorView<float>> starts(static_cast<std::size_t>(plan.strips()) + 1);
  for (int k = 1; k < plan.strips(); ++k)
    starts[static_cast<std::size_t>(k)] =
        start_around(plan.strip(k).first, run.halo, problem.x, scratch);
  std::vector<PlaneRows> rows(static_cast<std::size_t>(plan.threads()),
                              PlaneRows(problem, run, starts));
  std::vector<StripRows*> rows_of_threads;
  for (PlaneRows& each : rows) rows_of_threads.push_back(&each);
  run_strips(run, plan, rows_of_threads, scratch);
}

// The channels [first, first + count) of a view that has one plane, all of them, or none.
TensorView<const float> group_of(TensorView<const float> planes, int first, int count) {
  return planes.empty() || planes.channels() == 1 ? planes : planes.channels(first, count);
}

void filter_groups(const Problem& problem, std::span<const CgStep> steps, Workspace& scratch) {
  const TensorView<const float> b = problem.b;
  TESSERA_ASSERT(b.shape() == problem.x.shape());
  TESSERA_ASSERT(problem.matrix.weights.channels() == kEdgePlanes);
  TESSERA_ASSERT(problem.matrix.weights.shape().plane() == b.shape().plane());
  TESSERA_ASSERT(steps.size() <= kMostSteps);
  if (steps.empty() || b.shape().count() == 0) return;
  const int groups = (b.channels() + kFilterGroup - 1) / kFilterGroup;
  for (int group = 0; group < groups; ++group) {
    const int first = b.channels() * group / groups;
    const int count = b.channels() * (group + 1) / groups - first;
    Problem part = problem;
    part.matrix.diagonal = group_of(problem.matrix.diagonal, first, count);
    part.matrix.free = group_of(problem.matrix.free, first, count);
    part.b = b.channels(first, count);
    part.x = problem.x.channels(first, count);
    filter_group(part, steps, scratch);
  }
}

}  // namespace

void filter_by_learned_cg(const FilterMatrix& matrix,
                          TensorView<const float> b,
                          TensorView<float> x,
                          std::span<const CgStep> steps,
                          Workspace& scratch) {
  filter_groups({matrix, b, x}, steps, scratch);
}

}  // namespace tessera::graph
