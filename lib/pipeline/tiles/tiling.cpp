// SPDX-License-Identifier: MIT
#include "pipeline/tiles/tiling.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <vector>

#include "base/assertion.h"
#include "base/rounding.h"
#include "base/threads/threads_inside.h"
#include "pipeline/tiles/memory.h"

namespace tessera::pipeline {
namespace {

/// Beyond so many pixels a thread a tile gains little from a smaller fraction of halo, and its
/// feature maps cost more in fresh memory than they save: 1.5 million, or squares of twelve halos a
/// side.
double largest_useful_tile(int halo) { return std::max(1.5e6, 144.0 * halo * halo); }

double pixels_read(int core, int extent, int halo) {
  return static_cast<double>(std::min<std::int64_t>(
      static_cast<std::int64_t>(core) + 2 * static_cast<std::int64_t>(halo), extent));
}

/// With fewer pixels each, threads that share a tile would mostly wait for one another.
constexpr double kPixelsPerThread = 65536.0;

/// How much faster a tile is done by so many threads: a part of the work waits for one of them.
double speed_up(int threads) {
  constexpr double kWaiting = 0.03;
  return threads / (1.0 + kWaiting * (threads - 1));
}

/// One way of cutting, and what it costs.
class Candidate {
 public:
  Candidate(TilePlan plan, const TileNeeds& needs)
      : plan_(plan),
        pixels_(pixels_read(plan.tile_height, plan.height, needs.halo) *
                pixels_read(plan.tile_width, plan.width, needs.halo)),
        bytes_(pixels_ * static_cast<double>(needs.bytes_per_pixel)),
        splits_tile_(needs.splits_tile),
        largest_(largest_useful_tile(needs.halo)) {}

  /// Lets as many workers run at a time as memory allows; false when not even one may.
  bool fit(const TileLimits& limits) {
    const double at_a_time = bytes_ > 0 ? static_cast<double>(limits.memory) / bytes_ : 1e9;
    plan_.workers = static_cast<int>(std::min(
        {static_cast<double>(limits.workers), at_a_time, static_cast<double>(plan_.count())}));
    if (splits_tile_) {
      const int most = static_cast<int>(pixels_ / kPixelsPerThread);
      plan_.inside = std::clamp(limits.workers / std::max(plan_.workers, 1), 1, std::max(most, 1));
    }
    return plan_.workers >= 1;
  }
  /// Pixels the busiest worker goes through.
  double work() const {
    const std::int64_t rounds = (plan_.count() + plan_.workers - 1) / plan_.workers;
    return static_cast<double>(rounds) * pixels_ / speed_up(plan_.inside);
  }
  bool is_useful() const { return pixels_ <= largest_ * plan_.inside || plan_.count() == 1; }
  const TilePlan& plan() const { return plan_; }
  double bytes() const { return bytes_; }

 private:
  TilePlan plan_;
  double pixels_, bytes_;
  bool splits_tile_;
  double largest_;  ///< tile for one thread
};

/// Side of a core when `extent` is cut into `parts`.
int part_side(int extent, int parts, int grid) {
  return base::rounded_up((extent + parts - 1) / parts, grid);
}

TilePlan best_of_all_cuts(TilePlan plan, const TileNeeds& needs, const TileLimits& limits) {
  TilePlan best;
  double least = std::numeric_limits<double>::infinity();
  int last_height = 0;
  for (int rows = 1; rows <= (plan.height + needs.grid - 1) / needs.grid; ++rows) {
    plan.tile_height = part_side(plan.height, rows, needs.grid);
    if (plan.tile_height == last_height) continue;
    last_height = plan.tile_height;
    int last_width = 0;
    for (int columns = 1; columns <= (plan.width + needs.grid - 1) / needs.grid; ++columns) {
      plan.tile_width = part_side(plan.width, columns, needs.grid);
      if (plan.tile_width == last_width) continue;
      last_width = plan.tile_width;
      Candidate candidate(plan, needs);
      if (!candidate.fit(limits) || !candidate.is_useful() || candidate.work() >= least) continue;
      least = candidate.work();
      best = candidate.plan();
    }
  }
  return best;
}

}  // namespace

Region grown(Region region, int halo, int height, int width) {
  const int top = std::max(0, region.top - halo), left = std::max(0, region.left - halo);
  const int bottom = std::min(height, region.top + region.height + halo);
  const int right = std::min(width, region.left + region.width + halo);
  return {top, left, bottom - top, right - left};
}

Region TilePlan::core(std::int64_t index) const {
  TESSERA_ASSERT(index >= 0 && index < count());
  const int top = static_cast<int>(index / columns()) * tile_height;
  const int left = static_cast<int>(index % columns()) * tile_width;
  return {top, left, std::min(tile_height, height - top), std::min(tile_width, width - left)};
}

TilePlan plan_tiles(int height, int width, const TileNeeds& needs, const TileLimits& limits) {
  TESSERA_ASSERT(height >= 1 && width >= 1 && needs.halo % needs.grid == 0);
  TilePlan plan{height, width, needs.grid, needs.grid, 1, 1};
  if (limits.tile > 0) {
    plan.tile_height =
        std::min(base::rounded_up(limits.tile, needs.grid), base::rounded_up(height, needs.grid));
    plan.tile_width =
        std::min(base::rounded_up(limits.tile, needs.grid), base::rounded_up(width, needs.grid));
  }
  // The wanted tile, or the smallest that there is, tells whether the work is possible at all.
  Candidate candidate(plan, needs);
  if (!candidate.fit(limits))
    require_memory(
        candidate.bytes(), limits.memory,
        fmt::format("a tile of {}x{} pixels and its border", plan.tile_width, plan.tile_height));
  if (limits.tile > 0) return candidate.plan();
  const TilePlan best = best_of_all_cuts(plan, needs, limits);
  return best.height > 0 ? best : candidate.plan();
}

void for_each_tile(const TilePlan& plan,
                   base::ThreadPool& pool,
                   std::vector<Workspace>& scratch,
                   const std::function<void(Region core, Workspace& scratch)>& work) {
  // Memory may allow fewer tiles at a time than there are threads: so many lanes draw tiles.
  const auto lanes = static_cast<std::size_t>(plan.workers);
  if (scratch.size() < lanes) scratch.resize(lanes);
  std::atomic<std::int64_t> next{0};
  pool.for_each(plan.workers, [&](int lane, int) {
    const base::ThreadsInsideScope scope(plan.inside);
    try {
      for (std::int64_t i; (i = next.fetch_add(1)) < plan.count();)
        work(plan.core(i), scratch[static_cast<std::size_t>(lane)]);
    } catch (...) {
      next = plan.count();
      throw;
    }
  });
}

void for_each_tile(const TilePlan& plan,
                   base::ThreadPool& pool,
                   const std::function<void(Region core, Workspace& scratch)>& work) {
  std::vector<Workspace> scratch;
  for_each_tile(plan, pool, scratch, work);
}

}  // namespace tessera::pipeline
