// SPDX-License-Identifier: MIT
#include "nn/winograd/residual_pair.h"

#include <algorithm>
#include <deque>

#include "base/assertion.h"
#include "base/rounding.h"
#include "base/threads/gate.h"
#include "base/threads/threads_inside.h"

namespace tessera::nn {
namespace {

using winograd::kTile;
using winograd::Maps;

/// Rows of tiles, from `first` to before `end`.
struct TileRows {
  int first = 0, end = 0;
};

/// Of what lies between the two convolutions, where two bands meet: the last row of tiles of the
/// upper and the first of the lower band, and a row of pixels above and below.
constexpr int kSeamRows = 3 * kTile;
/// The first convolution computes whole rows of at least so many tiles before the second follows.
/// Tiles are multiplied some at a time and the last of a call with fewer, which is lost work; and
/// each turn brings the other one's weights back into the second-level cache.
constexpr int kTilesInTurn = 128;
/// Rows of tiles in a band, about. Fewer copy more seams, more let one thread wait for the other: 8
/// to 64 made no difference on two threads at 1024x1024.
constexpr int kBandRows = 32;
/// Turns in a band, at least, so that most of what lies between is never more than a turn old.
constexpr int kFewestTurns = 4;

/// Some rows of what the first convolution makes and the second reads.
class Ring {
 public:
  Ring(int channels, int rows, int width)
      : blocks_(padded_channels(channels) / channel_block()),
        rows_(rows),
        row_floats_(static_cast<std::size_t>(width) * channel_block()) {
    numbers_.take(sizeof(float) * blocks_ * rows_ * row_floats_);
  }
  float* numbers() const { return static_cast<float*>(numbers_.data()); }
  int rows() const { return rows_; }
  void copy_rows(int first, int end, const Ring& to) const {
    for (int b = 0; b < blocks_; ++b)
      for (int y = first; y < end; ++y) std::copy_n(row(b, y), row_floats_, to.row(b, y));
  }

 private:
  float* row(int block, int y) const {
    return numbers() + (static_cast<std::size_t>(block) * rows_ + y % rows_) * row_floats_;
  }

  int blocks_, rows_;
  std::size_t row_floats_;
  AlignedBuffer numbers_;
};

/// Both convolutions of one map.
class ResidualPair {
 public:
  ResidualPair(const WinogradConv2d& first, const WinogradConv2d& second, FeatureMap::Impl& h);
  /// 0 where the map is too small to give every thread one of kFewestTurns turns.
  int bands() const { return bands_; }
  /// Computes a band but for its first and last row of tiles, where another band follows; then,
  /// once the band before has come as far, the two rows of tiles where these meet.
  /// Requires  that band's call has been begun, or will be whatever becomes of this one.
  void compute(int band);

 private:
  // Larger bands first: then threads that take them in turn come out even where that can be.
  TileRows rows_of(int band) const {
    const int each = tile_rows_ / bands_, larger = tile_rows_ % bands_;
    const auto first = [&](int index) { return index * each + std::min(index, larger); };
    return {first(band), first(band + 1)};
  }
  void compute_inside(int band, TileRows rows);
  void run(const WinogradConv2d& conv, const Maps& maps, TileRows rows) const;
  void run_second(const Ring& between, TileRows rows) const;

  const WinogradConv2d &first_, &second_;
  Shape shape_;
  float* numbers_;
  int tile_rows_, rows_in_turn_, bands_;
  std::deque<Ring> seams_;         ///< behind each band but the last
  std::deque<base::Gate> inside_;  ///< open when a band is computed but for its first and last row
};

ResidualPair::ResidualPair(const WinogradConv2d& first,
                           const WinogradConv2d& second,
                           FeatureMap::Impl& h)
    : first_(first),
      second_(second),
      shape_(h.shape),
      numbers_(static_cast<float*>(h.buffer.data())),
      tile_rows_(winograd::tiles_along(h.shape.height)),
      rows_in_turn_(base::rounded_up(kTilesInTurn, winograd::tiles_along(h.shape.width)) /
                    winograd::tiles_along(h.shape.width)) {
  const int threads = base::threads_inside();
  const int most = tile_rows_ / (kFewestTurns * rows_in_turn_) / threads * threads;
  // As many for each thread.
  bands_ = std::min(base::rounded_up((tile_rows_ + kBandRows - 1) / kBandRows, threads), most);
  for (int band = 0; band < bands_; ++band) {
    inside_.emplace_back();
    if (band > 0) seams_.emplace_back(shape_.channels, kSeamRows, shape_.width);
  }
}

void ResidualPair::run(const WinogradConv2d& conv, const Maps& maps, TileRows rows) const {
  const int along = winograd::tiles_along(shape_.width), all = tile_rows_ * along;
  const int end = rows.end * along, each = conv.tiles_per_call(end - rows.first * along, 1);
  for (int tile = rows.first * along; tile < end; tile += each) {
    const int behind = std::min(tile + each, end);
    conv.convolve(maps, {tile, behind - tile}, {behind, std::min(each, all - behind)});
  }
}

void ResidualPair::run_second(const Ring& between, TileRows rows) const {
  run(second_,
      {.height = shape_.height,
       .width = shape_.width,
       .in_rows = between.rows(),
       .out_rows = shape_.height,
       .in = between.numbers(),
       .residual = numbers_,
       .out = numbers_},
      rows);
}

void ResidualPair::compute_inside(int band, TileRows rows) {
  const base::OpenAtEnd opens(inside_[band]);
  // The second convolution reads a row of tiles above and one below.
  const Ring between(shape_.channels, (rows_in_turn_ + 2) * kTile, shape_.width);
  const Maps there{.height = shape_.height,
                   .width = shape_.width,
                   .in_rows = shape_.height,
                   .out_rows = between.rows(),
                   .in = numbers_,
                   .out = between.numbers(),
                   .is_read_next = true};
  const bool is_first = band == 0, is_last = band + 1 == bands_;
  // The row of tiles beside another band is left until that band's inputs are no longer read.
  int row = is_first ? rows.first : rows.first + 1;
  for (int begin = rows.first; begin < rows.end; begin += rows_in_turn_) {
    const int end = std::min(begin + rows_in_turn_, rows.end);
    run(first_, there, {begin, end});
    if (!is_first && begin <= rows.first + 1 && rows.first + 1 < end)
      between.copy_rows(rows.first * kTile, (rows.first + 1) * kTile + 1, seams_[band - 1]);
    const int ready = is_last && end == rows.end ? end : end - 1;
    if (row < ready) run_second(between, {row, ready});
    row = std::max(row, ready);
  }
  if (!is_last) between.copy_rows((rows.end - 1) * kTile - 1, rows.end * kTile, seams_[band]);
}

void ResidualPair::compute(int band) {
  const TileRows rows = rows_of(band);
  compute_inside(band, rows);
  if (band == 0) return;
  inside_[band - 1].pass();
  run_second(seams_[band - 1], {rows.first - 1, rows.first + 1});
}

}  // namespace

void add_residual(const WinogradConv2d& first, const WinogradConv2d& second, FeatureMap::Impl& h) {
  TESSERA_ASSERT(first.spec().in_channels == h.shape.channels &&
                 first.spec().out_channels == h.shape.channels);
  TESSERA_ASSERT(second.spec().in_channels == h.shape.channels &&
                 second.spec().out_channels == h.shape.channels);
  TESSERA_ASSERT(h.format == kBlockedF32);
  ResidualPair pair(first, second, h);
  if (pair.bands() == 0) {
    FeatureMap between;
    first.forward(h, between.impl(), nullptr);
    return second.forward(between.impl(), h, &h);
  }
  base::for_each_in_turn_inside(pair.bands(), [&](int band) { pair.compute(band); });
}

}  // namespace tessera::nn
