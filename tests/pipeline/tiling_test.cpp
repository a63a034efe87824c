// SPDX-License-Identifier: MIT
#include "pipeline/tiles/tiling.h"

#include <doctest/doctest.h>

#include <vector>

#include "tessera/error.h"

using tessera::Region;
using namespace tessera::pipeline;

namespace {

constexpr std::int64_t kPlenty = std::int64_t{1} << 40;

/// How often each pixel is somebody's core.
std::vector<int> coverage(const TilePlan& plan) {
  std::vector<int> counts(static_cast<std::size_t>(plan.height) * plan.width, 0);
  for (int i = 0; i < plan.count(); ++i) {
    const Region core = plan.core(i);
    for (int y = core.top; y < core.top + core.height; ++y)
      for (int x = core.left; x < core.left + core.width; ++x)
        ++counts[static_cast<std::size_t>(y) * plan.width + x];
  }
  return counts;
}

}  // namespace

TEST_SUITE("pipeline/tiling") {
  TEST_CASE("every pixel belongs to exactly one tile, and tiles start on the grid") {
    for (const auto& [height, width] :
         {std::pair{1, 1}, {2, 2}, {1, 77}, {77, 1}, {50, 334}, {97, 101}})
      for (const int tile : {0, 1, 32, 64, 97, 512})
        for (const int workers : {1, 2, 3, 8}) {
          const TilePlan plan =
              plan_tiles(height, width, {.halo = 24, .grid = 12, .bytes_per_pixel = 1},
                         {.workers = workers, .tile = tile, .memory = kPlenty});
          CAPTURE(height);
          CAPTURE(width);
          CAPTURE(tile);
          CHECK(coverage(plan) == std::vector<int>(static_cast<std::size_t>(height) * width, 1));
          for (int i = 0; i < plan.count(); ++i) {
            CHECK(plan.core(i).top % 12 == 0);
            CHECK(plan.core(i).left % 12 == 0);
          }
          CHECK(plan.workers >= 1);
          CHECK(plan.workers <= workers);
        }
  }

  TEST_CASE("workers together stay within memory") {
    const TileNeeds needs{.halo = 24, .grid = 12, .bytes_per_pixel = 1000};
    for (const std::int64_t memory : {4'000'000, 10'000'000, 100'000'000, 1'000'000'000}) {
      const TilePlan plan = plan_tiles(3000, 4000, needs, {.workers = 3, .memory = memory});
      std::int64_t largest = 0;
      for (int i = 0; i < plan.count(); ++i) {
        const Region read = grown(plan.core(i), needs.halo, 3000, 4000);
        largest = std::max<std::int64_t>(largest, std::int64_t{1000} * read.height * read.width);
      }
      CHECK(largest * plan.workers <= memory);
    }
  }

  TEST_CASE("what cannot fit is refused with both numbers") {
    try {
      plan_tiles(3000, 4000, {.halo = 24, .grid = 12, .bytes_per_pixel = 1000},
                 {.workers = 3, .memory = 3'000'000});
      FAIL("not refused");
    } catch (const tessera::Error& error) {
      CHECK(error.code() == tessera::ErrorCode::Refused);
      const std::string text = error.what();
      CHECK(text.find("needs 3 MB") != std::string::npos);
      CHECK(text.find("--max-memory") != std::string::npos);
    }
  }

  TEST_CASE("a picture that pays to be cut gives every worker a tile") {
    const TileNeeds needs{.halo = 24, .grid = 12, .bytes_per_pixel = 1};
    CHECK(plan_tiles(500, 500, needs, {.workers = 2, .memory = kPlenty}).count() >= 2);
    CHECK(plan_tiles(1000, 1000, needs, {.workers = 8, .memory = kPlenty}).count() >= 8);
    // One tile would see all of it anyway.
    CHECK(plan_tiles(24, 24, needs, {.workers = 2, .memory = kPlenty}).count() == 1);
  }

  TEST_CASE("threads that may share a tile do so where cutting costs more") {
    const TileNeeds needs{.halo = 160, .grid = 32, .bytes_per_pixel = 1, .splits_tile = true};
    for (const int threads : {1, 2, 3, 8})
      for (const int side : {64, 500, 1000, 5000}) {
        const TilePlan plan =
            plan_tiles(side, side, needs, {.workers = threads, .memory = kPlenty});
        CHECK(plan.workers * plan.inside <= threads);
        CHECK(plan.inside >= 1);
      }
    const TilePlan plan = plan_tiles(1000, 1000, needs, {.workers = 2, .memory = kPlenty});
    CHECK(plan.count() == 1);
    CHECK(plan.inside == 2);
    // Without a halo tiles cost nothing, and threads wait less apart.
    const TilePlan apart =
        plan_tiles(1000, 1000, {.halo = 0, .grid = 2, .bytes_per_pixel = 1, .splits_tile = true},
                   {.workers = 2, .memory = kPlenty});
    CHECK(apart.inside == 1);
  }

  TEST_CASE("more tiles than an int counts are all there") {
    const TilePlan plan{.height = 131074, .width = 131074, .tile_height = 2, .tile_width = 2};
    CHECK(plan.count() == std::int64_t{65537} * 65537);
    CHECK(plan.core(plan.count() - 1) == Region{131072, 131072, 2, 2});
    const TilePlan chosen =
        plan_tiles(131074, 131074, {.halo = 4, .grid = 2, .bytes_per_pixel = 100},
                   {.workers = 2, .memory = 100 << 20});
    CHECK(chosen.count() < 100'000);
  }

  TEST_CASE("a region grows by the halo and stops at the picture") {
    CHECK(grown({24, 48, 12, 12}, 24, 100, 200) == Region{0, 24, 60, 60});
    CHECK(grown({96, 192, 4, 8}, 24, 100, 200) == Region{72, 168, 28, 32});
    CHECK(grown({0, 0, 1, 1}, 24, 1, 1) == Region{0, 0, 1, 1});
  }
}
