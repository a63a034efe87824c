// SPDX-License-Identifier: MIT
#include "graph/strips/strip.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/assertion.h"
#include "base/rounding.h"
#include "base/threads/threads_inside.h"
#include "graph/kernels/vector_lanes.h"

namespace tessera::graph {
namespace {

// Half of a second-level cache of 1 MiB, in floats.
constexpr std::size_t kCacheFloats = (512 << 10) / sizeof(float);
// Narrower strips would recompute more halo than they save traffic.
constexpr int kNarrowestStrip = 96;
// Rows are too short for hardware to foresee, and so many of them pass before a row is there.
constexpr int kRowsAhead = 2;

int strip_count(const StripRun& run) {
  TESSERA_ASSERT(!run.steps.empty() && run.steps.size() <= kMostSteps);
  TESSERA_ASSERT(run.halo % run.grid == 0);
  const int steps = static_cast<int>(run.steps.size());
  const std::size_t per_column = static_cast<std::size_t>(run.layout.planes()) * (steps + 2);
  const int fitting = static_cast<int>(kCacheFloats / per_column) - 2 * run.halo;
  const int narrowest = std::max(kNarrowestStrip, 2 * run.halo);
  // Rounding to the grid makes a strip wider by less than two of its steps.
  const int limit = kRowPixels - 2 * run.halo - 2 * (run.grid - 1);
  const int widest = std::min(std::max(fitting, narrowest), limit);
  const int threads = base::threads_inside();
  const int strips = run.width <= kRowPixels ? 1 : (run.width + widest - 1) / widest;
  const int balanced = base::rounded_up(strips, threads);
  return std::max(strips, std::min(balanced, run.width / narrowest));
}

// Runs all steps over one strip as a wavefront of rows: when row t arrives, the pass of each step
// works one row above that of the step before, and the rows that any of them still reads stay in
// the ring.
class Wavefront {
 public:
  Wavefront(const StripRun& run, const Strip& strip, const RowSlots& slots, StripRows& rows)
      : run_(run), strip_(strip), slots_(slots), rows_(rows) {}

  void go() const {
    slots_.clear(strip_);
    rows_.start(strip_);
    // From zero the first step has nothing to multiply: it is made while a row is loaded.
    const int first = run_.from_zero ? 1 : 0;
    const int passes = static_cast<int>(run_.steps.size()) - first;
    for (int t = -1; t < run_.height + passes - 1; ++t) {
      if (t + 1 < run_.height) rows_.load(t + 1, slots_);
      const int later = t + 1 + kRowsAhead;
      std::span<const float* const> sources;
      if (later < run_.height) sources = rows_.sources(later);
      for (int j = 0; j < passes; ++j)
        if (t - j >= 0 && t - j < run_.height) step(first + j, t - j, part(sources, j, passes));
      if (const int done = t - passes + 1; done >= 0) store(done);
    }
  }

 private:
  // The share of all rows that pass `index` of `count` asks for.
  static std::span<const float* const> part(std::span<const float* const> all,
                                            std::size_t index,
                                            std::size_t count) {
    const std::size_t first = all.size() * index / count;
    return all.subspan(first, all.size() * (index + 1) / count - first);
  }

  void step(int index, int row, std::span<const float* const> later) const {
    const float beta = index > 0 ? run_.steps[index - 1].beta : 0.0F;
    FilterPass pass = slots_.pass(row, strip_, run_.diagonal_value);
    pass.later = later;
    filter_step(lanes_, pass, {index, run_.steps[index].alpha, beta});
  }

  void store(int row) const {
    const int plane = run_.layout.x(static_cast<int>(run_.steps.size()));
    rows_.store(row, slots_.at(row, plane) + strip_.first - strip_.begin);
  }

  const StripRun& run_;
  const Strip& strip_;
  const RowSlots& slots_;
  StripRows& rows_;
  int lanes_ = vector_lanes();
};

}  // namespace

FilterPass RowSlots::pass(int row, const Strip& strip, float diagonal_value) const {
  return {layout_,
          at(row - 1, 0),
          at(row, 0),
          at(row + 1, 0),
          base::rounded_up(strip.width(), 16),
          diagonal_value};
}

void RowSlots::clear(const Strip& strip) const {
  const int width = base::rounded_up(strip.width(), 16) + 2 * kRowPad;
  for (int slot = 0; slot < ring_.channels(); ++slot)
    for (int plane = 0; plane < ring_.height(); ++plane)
      std::fill_n(ring_.row(slot, plane), width, 0.0F);
}

std::span<const float* const> StripRows::sources(int /*row*/) { return {}; }

StripPlan::StripPlan(const StripRun& run)
    : width_(run.width),
      halo_(run.halo),
      grid_(run.grid),
      strips_(strip_count(run)),
      threads_(std::min(base::threads_inside(), strips_)) {}

// Where a strip begins; strips_: where the last one ends.
int StripPlan::border(int strip) const {
  const int cells = (width_ + grid_ - 1) / grid_;
  return std::min(static_cast<int>(static_cast<std::int64_t>(cells) * strip / strips_) * grid_,
                  width_);
}

Strip StripPlan::strip(int index) const {
  const int first = border(index), last = border(index + 1);
  return {index, first, last, std::max(0, first - halo_), std::min(width_, last + halo_)};
}

void run_strips(const StripRun& run,
                const StripPlan& plan,
                std::span<StripRows* const> rows,
                Workspace& scratch) {
  TESSERA_ASSERT(static_cast<int>(rows.size()) == plan.threads());
  const int slots = static_cast<int>(run.steps.size()) + 2;
  std::vector<RowSlots> rings;
  for (int k = 0; k < plan.threads(); ++k)
    rings.emplace_back(run.layout, scratch.take({slots, run.layout.planes(), kRowStride}));
  base::for_each_inside(plan.threads(), [&](int thread) {
    const auto k = static_cast<std::size_t>(thread);
    for (int index = thread; index < plan.strips(); index += plan.threads()) {
      const Strip strip = plan.strip(index);
      Wavefront(run, strip, rings[k], *rows[k]).go();
    }
  });
}

}  // namespace tessera::graph
