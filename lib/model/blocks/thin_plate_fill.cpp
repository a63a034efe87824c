// SPDX-License-Identifier: MIT
#include "model/blocks/thin_plate_fill.h"

#include <algorithm>
#include <vector>

#include "base/machine/kernel_clones.h"
#include "base/threads/threads_inside.h"
#include "solver/learned_cg.h"

namespace tessera::model {
namespace {

constexpr double kSmallestEigenvalue = 1.2, kLargestEigenvalue = 64.0;

/// One row of sum_j (x_j - x_i); a neighbour that does not exist counts as the pixel itself.
TESSERA_KERNEL_CLONES void laplacian_row(
    const float* above, const float* here, const float* below, int width, float* __restrict out) {
  for (int i = 1; i + 1 < width; ++i)
    out[i] = (above[i] + below[i]) + (here[i - 1] + here[i + 1]) - 4.0F * here[i];
  const int last = width - 1, second = std::min(1, last), before = std::max(last - 1, 0);
  out[0] = (above[0] + below[0]) + (here[0] + here[second]) - 4.0F * here[0];
  out[last] = (above[last] + below[last]) + (here[before] + here[last]) - 4.0F * here[last];
}

TESSERA_KERNEL_CLONES void move_row(solver::LearnedStep ball,
                                    const float* __restrict measured,
                                    const float* __restrict gradient,
                                    int width,
                                    float* __restrict move,
                                    float* __restrict x) {
  for (int i = 0; i < width; ++i) {
    move[i] = ball.beta * move[i] - ball.alpha * ((1.0F - measured[i]) * gradient[i]);
    x[i] += move[i];
  }
}

/// Rows of which the last few are kept.
struct RowRing {
  TensorView<float> rows;  // (1, number kept, W)
  float* at(int row) const { return rows.row(0, row % rows.height()); }
};

/// All steps over a band of rows as a wavefront: step j works two rows behind step j - 1, because
/// its gradient looks two rows far. Rows around the band are computed again.
class Band {
 public:
  Band(int steps, int width, Workspace& scratch)
      : steps_(steps),
        width_(width),
        x_{scratch.take({1, 2 * steps + 4, width})},
        move_{scratch.take({1, 2 * steps + 4, width})},
        gradient_(scratch.take({1, 1, width})) {
    for (int j = 0; j < steps; ++j) bending_.push_back({scratch.take({1, 3, width})});
  }

  /// Rows [first, last) of one plane.
  void run(TensorView<const float> start,
           TensorView<const float> measured,
           int first,
           int last,
           TensorView<float> out) {
    begin_ = std::max(0, first - 2 * steps_);
    end_ = std::min(start.height(), last + 2 * steps_);
    load(start, begin_);
    for (int t = begin_; t < end_ + 2 * steps_ - 1; ++t) {
      if (t + 1 < end_) load(start, t + 1);
      for (int j = 0; j < steps_; ++j) advance(j, t - 2 * j, measured);
      const int done = t - 2 * steps_ + 1;
      if (done >= first && done < last) std::copy_n(x_.at(done), width_, out.row(0, done));
    }
  }

 private:
  void load(TensorView<const float> start, int row) {
    std::copy_n(start.row(0, row), width_, x_.at(row));
    std::fill_n(move_.at(row), width_, 0.0F);
  }

  /// Step j as far as x after the step before is known up to row `row` + 1: the bending of `row`,
  /// and with it x of the row above.
  void advance(int j, int row, TensorView<const float> measured) {
    const auto inside = [&](int r) { return std::clamp(r, begin_, end_ - 1); };
    const RowRing& bending = bending_[static_cast<std::size_t>(j)];
    if (row >= begin_ && row < end_)
      laplacian_row(x_.at(inside(row - 1)), x_.at(row), x_.at(inside(row + 1)), width_,
                    bending.at(row));
    const int moved = row - 1;
    if (moved < begin_ || moved >= end_) return;
    laplacian_row(bending.at(inside(moved - 1)), bending.at(moved), bending.at(inside(moved + 1)),
                  width_, gradient_.data());
    move_row(ball_, measured.row(0, moved), gradient_.data(), width_, move_.at(moved),
             x_.at(moved));
  }

  solver::LearnedStep ball_ = solver::heavy_ball_step(kSmallestEigenvalue, kLargestEigenvalue);
  int steps_, width_;
  int begin_ = 0, end_ = 0;  // rows of the band and around it
  RowRing x_, move_;
  std::vector<RowRing> bending_;  // of each step, three rows
  TensorView<float> gradient_;
};

}  // namespace

void thin_plate_fill(TensorView<const float> start,
                     TensorView<const float> mask,
                     int steps,
                     TensorView<float> x,
                     Workspace& scratch) {
  TESSERA_ASSERT(start.shape() == x.shape() && start.data() != x.data());
  if (steps == 0) {
    std::copy_n(start.data(), x.shape().count(), x.data());
    return;
  }
  const WorkspaceScope scope(scratch);
  const int count = std::min(base::threads_inside(), x.height());
  std::vector<Band> bands;
  for (int k = 0; k < count; ++k) bands.emplace_back(steps, x.width(), scratch);
  base::for_each_inside(count, [&](int k) {
    for (int c = 0; c < x.channels(); ++c)
      bands[static_cast<std::size_t>(k)].run(
          start.channels(c, 1), mask.channels(mask.channels() == 1 ? 0 : c, 1),
          x.height() * k / count, x.height() * (k + 1) / count, x.channels(c, 1));
  });
}

}  // namespace tessera::model
