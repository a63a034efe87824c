// SPDX-License-Identifier: MIT
#include "pipeline/tiles/network_runner.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "base/assertion.h"
#include "base/rounding.h"
#include "base/threads/thread_pool.h"
#include "pipeline/sources/plane_sink.h"
#include "pipeline/tiles/memory.h"
#include "pipeline/tiles/tiling.h"

namespace tessera::pipeline {
namespace {

/// Stages [first, last) that run on a tile in one go.
struct StageRange {
  int first = 0, last = 0;
};

int grid_of(const model::Network& network, StageRange stages) {
  int grid = 2;
  for (int k = stages.first; k < stages.last; ++k) grid = std::lcm(grid, network.needs(k).grid);
  return grid;
}

/// Halo of stage k, on the grid of its range, so that every stage starts where the grid allows.
int halo_of(const model::Network& network, int stage, int grid) {
  return base::rounded_up(network.needs(stage).border, grid);
}

TileNeeds needs_of(const model::Network& network, StageRange stages, int planes) {
  TileNeeds needs;
  needs.grid = grid_of(network, stages);
  for (int k = stages.first; k < stages.last; ++k) {
    needs.halo += halo_of(network, k, needs.grid);
    needs.bytes_per_pixel = std::max(needs.bytes_per_pixel, network.needs(k).bytes_per_pixel);
    needs.splits_tile = needs.splits_tile || network.needs(k).splits_tile;
  }
  // Samples, mask, estimate and result, their crops between stages, and what reading takes.
  needs.bytes_per_pixel += 12 * sizeof(float) * static_cast<std::size_t>(planes);
  // A fifth for what nobody counts: padded channels, the allocator's remainders, libraries.
  needs.bytes_per_pixel += needs.bytes_per_pixel / 5;
  return needs;
}

/// `planes` cut from region `outer` to region `inner`; the same memory when they are equal; nothing
/// of nothing.
TensorView<float> cropped(TensorView<float> planes,
                          Region outer,
                          Region inner,
                          Workspace& scratch) {
  if (outer == inner || planes.empty()) return planes;
  const auto part = scratch.take({planes.channels(), inner.height, inner.width});
  copy_region(planes, {inner.top - outer.top, inner.left - outer.left, inner.height, inner.width},
              part);
  return part;
}

/// What `outer` has beyond `inner`.
model::Margins margins_of(Region outer, Region inner) {
  return {inner.top - outer.top, inner.left - outer.left,
          outer.top + outer.height - inner.top - inner.height,
          outer.left + outer.width - inner.left - inner.width};
}

/// Who works on a picture, from stage to stage. The first workspace stays with the calling thread
/// for its next picture, as its feature maps do: touched memory costs nothing, new memory as much
/// as several layers.
class Workers {
 public:
  explicit Workers(int threads) : pool(threads) { scratch.push_back(std::move(kept())); }
  ~Workers() { kept() = std::move(scratch.front()); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  base::ThreadPool pool;
  std::vector<Workspace> scratch{};

 private:
  static Workspace& kept() {
    static thread_local Workspace workspace;
    return workspace;
  }
};

/// Runs ranges of stages over tiles.
class TilePass {
 public:
  TilePass(const model::Network& network, const TileSource& source, StageRange stages)
      : network_(network),
        source_(source),
        stages_(stages),
        shape_(source.shape()),
        needs_(needs_of(network, stages, shape_.channels)) {}

  /// `state` is what the stages before gave; empty before the first.
  void run(TensorView<const float> state,
           TileSink& sink,
           Workers& workers,
           int tile,
           std::int64_t memory) const {
    const TilePlan plan =
        plan_tiles(shape_.height, shape_.width, needs_,
                   {.workers = workers.pool.size(), .tile = tile, .memory = memory});
    // What a larger picture left behind is not held beside what this one was allowed.
    const auto across = static_cast<std::size_t>(plan.tile_width + 2 * needs_.halo);
    const auto down = static_cast<std::size_t>(plan.tile_height + 2 * needs_.halo);
    for (Workspace& scratch : workers.scratch)
      if (scratch.capacity_bytes() > across * down * needs_.bytes_per_pixel) scratch = Workspace();
    for_each_tile(plan, workers.pool, workers.scratch,
                  [&](Region core, Workspace& scratch) { run_tile(core, state, sink, scratch); });
  }

 private:
  void run_tile(Region core,
                TensorView<const float> state,
                TileSink& sink,
                Workspace& scratch) const {
    const WorkspaceScope scope(scratch);
    Region region = grown(core, needs_.halo, shape_.height, shape_.width);
    ObservedPlanes planes = read(region, state, scratch);
    int halo_left = needs_.halo;
    for (int k = stages_.first; k < stages_.last; ++k) {
      halo_left -= halo_of(network_, k, needs_.grid);
      const Region next = grown(core, halo_left, shape_.height, shape_.width);
      const auto result = run_stage(k, planes, margins_of(region, next), scratch);
      planes = {cropped(planes.samples, region, next, scratch),
                cropped(planes.mask, region, next, scratch), cropped(result, region, next, scratch),
                cropped(planes.sigma, region, next, scratch)};
      region = next;
    }
    sink.write(planes.estimate, core.top, core.left, scratch);
  }

  ObservedPlanes read(Region region, TensorView<const float> state, Workspace& scratch) const {
    const Shape shape{shape_.channels, region.height, region.width};
    const bool noise = model::is_noisy(network_.observation());
    ObservedPlanes planes{
        .samples = scratch.take(shape), .mask = {}, .estimate = scratch.take(shape)};
    if (noise)
      planes.sigma = scratch.take({1, region.height, region.width});
    else
      planes.mask = scratch.take(shape);
    source_.read(region, planes, scratch);
    if (!state.empty()) copy_region(state, region, planes.estimate);
    return planes;
  }

  /// One stage, on groups of as many planes as the network takes.
  TensorView<float> run_stage(int stage,
                              const ObservedPlanes& planes,
                              const model::Margins& margins,
                              Workspace& scratch) const {
    const auto result = scratch.take(planes.samples.shape());
    const int group = network_.channels();
    for (int c = 0; c < shape_.channels; c += group)
      network_.run(stage,
                   {planes.samples.channels(c, group),
                    planes.mask.empty() ? planes.mask : planes.mask.channels(c, group),
                    planes.estimate.channels(c, group), planes.sigma, nullptr, margins},
                   result.channels(c, group), scratch);
    return result;
  }

  const model::Network& network_;
  const TileSource& source_;
  StageRange stages_;
  Shape shape_;
  TileNeeds needs_;
};

/// Whether the state of all stages but the last may be held as whole planes, twice.
bool planes_fit(const model::Network& network, Shape shape, const ExecutionOptions& options) {
  double smallest_tile = 0;
  for (int k = 0; k < network.stage_count(); ++k) {
    const TileNeeds needs = needs_of(network, {k, k + 1}, shape.channels);
    const int side = base::rounded_up(std::max(options.tile, 1), needs.grid);
    const Region tile = grown({0, 0, side, side}, needs.halo, shape.height, shape.width);
    smallest_tile = std::max(
        smallest_tile, 4.0 * tile.height * tile.width * static_cast<double>(needs.bytes_per_pixel));
  }
  const double planes = 2.0 * sizeof(float) * static_cast<double>(shape.count());
  return planes + smallest_tile <= static_cast<double>(memory_budget(options));
}

void run_stage_by_stage(const model::Network& network,
                        const TileSource& source,
                        TileSink& sink,
                        Workers& workers,
                        const ExecutionOptions& options) {
  const Shape shape = source.shape();
  Tensor state, next(shape);
  const std::int64_t memory =
      memory_budget(options) - 2 * static_cast<std::int64_t>(shape.count() * sizeof(float));
  const int last = network.stage_count() - 1;
  for (int k = 0; k < last; ++k) {
    PlaneSink planes(next);
    TilePass(network, source, {k, k + 1}).run(state, planes, workers, options.tile, memory);
    if (state.data() == nullptr) state = Tensor(shape);
    std::swap(state, next);
  }
  TilePass(network, source, {last, last + 1}).run(state, sink, workers, options.tile, memory);
}

}  // namespace

void run_network(const model::Network& network,
                 const TileSource& source,
                 TileSink& sink,
                 const ExecutionOptions& options) {
  TESSERA_ASSERT(source.shape().channels % network.channels() == 0);
  Workers workers(options.threads);
  const int stages = network.stage_count();
  if (stages > 1 && planes_fit(network, source.shape(), options)) {
    run_stage_by_stage(network, source, sink, workers, options);
    return;
  }
  TilePass(network, source, {0, stages})
      .run({}, sink, workers, options.tile, memory_budget(options));
}

}  // namespace tessera::pipeline
