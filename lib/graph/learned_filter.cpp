// SPDX-License-Identifier: MIT
#include "graph/learned_filter.h"

#include <algorithm>
#include <vector>

#include "base/assertion.h"
#include "base/rounding.h"
#include "graph/edge_weights.h"
#include "graph/kernels/vector_lanes.h"
#include "graph/laplacian.h"

namespace tessera::graph {
namespace {

// The rows of a strip as a problem tells them.
class LearnedRows final : public StripRows {
 public:
  LearnedRows(const LearnedFilter& filter,
              const StripRun& run,
              std::unique_ptr<RowProblem> problem,
              Workspace& scratch)
      : filter_(filter),
        run_(run),
        problem_(std::move(problem)),
        weights_(filter.features, kRowPixels, scratch) {}

  void start(const Strip& strip) override {
    strip_ = strip;
    problem_->start(strip);
    weights_.start(*problem_, strip.width(), filter_.height, 0);
  }

  void load(int row, const RowSlots& slots) override {
    weights_.next({slots.at(row, 0), slots.at(row, 1), slots.at(row, 2), slots.at(row, 3)});
    // What is fixed in the row below enters b.
    if (row == 0) load_problem(0, slots);
    if (row + 1 < filter_.height) load_problem(row + 1, slots);
    filter_start(lanes_, slots.pass(row, strip_, 0.0F), filter_.steps[0].alpha, filter_.extends);
  }

  // The problem is loaded one row further down.
  std::span<const float* const> sources(int row) override {
    return problem_->sources(std::min(row + 1, filter_.height - 1));
  }

  void store(int row, const float* x) override { problem_->store(row, x, kRowStride); }

 private:
  void load_problem(int row, const RowSlots& slots) const {
    const FilterRowLayout& layout = run_.layout;
    problem_->load(row, {.source = slots.at(row, filter_.extends ? layout.x(0) : layout.b()),
                         .diagonal = slots.at(row, layout.diagonal()),
                         .free = filter_.extends ? slots.at(row, layout.free()) : nullptr,
                         .stride = kRowStride});
  }

  const LearnedFilter& filter_;
  const StripRun& run_;
  std::unique_ptr<RowProblem> problem_;
  WeightRows weights_;
  Strip strip_{};
  int lanes_ = vector_lanes();
};

}  // namespace

std::span<const float* const> RowProblem::sources(int /*row*/) { return {}; }

int halo_of(const LearnedFilter& filter) {
  const int steps = static_cast<int>(filter.steps.size());
  return base::rounded_up(filter.extends ? steps + 1 : steps, filter.grid);
}

void filter_on_learned_graph(
    const LearnedFilter& filter,
    const std::function<std::unique_ptr<RowProblem>(int widest, Workspace& scratch)>& make,
    Workspace& scratch) {
  TESSERA_ASSERT(filter.channels >= 1 && filter.channels <= kFilterGroup);
  TESSERA_ASSERT(!filter.steps.empty() && filter.height > 0 && filter.width > 0);
  const WorkspaceScope scope(scratch);
  const StripRun run{.layout = {filter.channels, 1, filter.extends ? filter.channels : 0},
                     .steps = filter.steps,
                     .from_zero = true,
                     .height = filter.height,
                     .width = filter.width,
                     .halo = halo_of(filter),
                     .grid = filter.grid};
  const StripPlan plan(run);
  std::vector<LearnedRows> rows;
  std::vector<StripRows*> rows_of_threads;
  for (int k = 0; k < plan.threads(); ++k)
    rows.emplace_back(filter, run, make(kRowPixels, scratch), scratch);
  for (LearnedRows& each : rows) rows_of_threads.push_back(&each);
  run_strips(run, plan, rows_of_threads, scratch);
}

FilterPlanes planes_of(const LearnedFilter& filter, RowProblem& problem, Workspace& scratch) {
  const auto planes = [&](int count) { return scratch.take({count, filter.height, filter.width}); };
  const auto nodes = planes(filter.features), weights = planes(kEdgePlanes);
  const auto source = planes(filter.channels), diagonal = planes(1);
  FilterPlanes result{{.weights = weights, .diagonal = diagonal}, source};
  const auto free = filter.extends ? planes(filter.channels) : TensorView<float>{};
  problem.start({0, 0, filter.width, 0, filter.width});
  const auto copy_nodes = [&](int row) {
    if (row >= filter.height) return;
    const float* from = problem.row(row);
    for (int d = 0; d < filter.features; ++d, from += problem.stride())
      std::copy_n(from, filter.width, nodes.row(d, row));
  };
  copy_nodes(0);
  for (int row = 0; row < filter.height; ++row) {
    copy_nodes(row + 1);
    problem.load(row, {.source = source.row(0, row),
                       .diagonal = diagonal.row(0, row),
                       .free = filter.extends ? free.row(0, row) : nullptr,
                       .stride = source.shape().plane()});
  }
  edge_weights(nodes, weights, scratch);
  if (!filter.extends) return result;

  result.matrix.free = free;
  result.b = planes(filter.channels);
  apply_laplacian(weights, source, result.b);
  for (std::size_t i = 0; i < free.shape().count(); ++i) result.b.data()[i] *= -free.data()[i];
  return result;
}

}  // namespace tessera::graph
