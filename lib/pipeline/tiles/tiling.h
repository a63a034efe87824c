// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/threads/thread_pool.h"
#include "tensor/tensor.h"
#include "tensor/workspace.h"

namespace tessera::pipeline {

/// What decides how a picture may be cut.
struct TileNeeds {
  int halo = 0;                     ///< context per side in pixels, a multiple of grid
  int grid = 2;                     ///< tiles start at multiples of this
  std::size_t bytes_per_pixel = 0;  ///< memory one pixel of tile and halo costs in a worker
  bool splits_tile = false;         ///< several threads may work on one tile
};

/// How the user's machine and wishes bear on it.
struct TileLimits {
  int workers = 1;          ///< threads at hand
  int tile = 0;             ///< wanted side; rounded up to the grid; 0: chosen here
  std::int64_t memory = 0;  ///< bytes all workers together may use
};

/// A picture cut into equal tiles, the last ones of a row or column smaller.
/// Every tile starts on the grid and is read with its halo, clipped at the picture (as a source
/// extends it): the zero padding of convolutions meets that border and nothing else, so that a
/// pixel's value does not depend on the plan.
///
///     +--------+--------+-----+
///     | core 0 | core 1 |  2  |      region to read = core + halo on each side,
///     +--------+--------+-----+                       clipped at the picture
///     | core 3 |   ...        |
///     +--------+--------------+
struct TilePlan {
  int height = 0, width = 0;            ///< the picture
  int tile_height = 0, tile_width = 0;  ///< a core, multiples of the grid
  int workers = 1;                      ///< tiles at a time, as many as memory allows
  int inside = 1;                       ///< threads for each of them

  int rows() const { return (height + tile_height - 1) / tile_height; }
  int columns() const { return (width + tile_width - 1) / tile_width; }
  std::int64_t count() const { return std::int64_t{rows()} * columns(); }
  /// The pixels that tile `index` is responsible for; row by row.
  Region core(std::int64_t index) const;
};

/// The plan with the least work for the slowest worker that keeps within memory.
/// Requires height, width >= 1.
/// Errors   Refused, with both numbers, when not even one smallest tile fits.
TilePlan plan_tiles(int height, int width, const TileNeeds& needs, const TileLimits& limits);

/// Calls work(core, scratch) once for each tile, plan.workers at a time, each with one of
/// `scratch`, which grows to so many and may serve several passes over a picture.
void for_each_tile(const TilePlan& plan,
                   base::ThreadPool& pool,
                   std::vector<Workspace>& scratch,
                   const std::function<void(Region core, Workspace& scratch)>& work);
/// Likewise for one pass.
void for_each_tile(const TilePlan& plan,
                   base::ThreadPool& pool,
                   const std::function<void(Region core, Workspace& scratch)>& work);

/// `region` grown by `halo` on each side, clipped at a picture of height x width.
Region grown(Region region, int halo, int height, int width);

}  // namespace tessera::pipeline
