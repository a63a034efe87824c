// SPDX-License-Identifier: MIT
#include "pipeline/tiles/network_runner.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <cstdint>

#include "support/compare.h"
#include "tessera/error.h"

using namespace tessera;

namespace {

/// A sum over a (2r+1)^2 window of everything a stage may see, zero outside: like a convolution, it
/// tells the tile's border from the picture's unless halo and clipping are right.
class WindowNetwork final : public model::Network {
 public:
  WindowNetwork(int channels, std::vector<int> radii, int grid)
      : channels_(channels), radii_(std::move(radii)), grid_(grid) {}

  int channels() const override { return channels_; }
  model::ObservationKind observation() const override { return model::ObservationKind::Mask; }
  int stage_count() const override { return static_cast<int>(radii_.size()); }
  model::StageNeeds needs(int stage) const override {
    return {
        .border = radii_[static_cast<std::size_t>(stage)], .grid = grid_, .bytes_per_pixel = 100};
  }
  void run(int stage, const model::Observed& in, TensorView<float> out, Workspace&) const override {
    ++runs;
    const auto pixels = static_cast<std::int64_t>(out.shape().plane());
    for (auto most = largest_tile.load(); most < pixels;)
      if (largest_tile.compare_exchange_weak(most, pixels)) break;
    const int r = radii_[static_cast<std::size_t>(stage)];
    // The source writes absolute coordinates into its samples: tiles must start on the grid.
    const int start = static_cast<int>(in.samples(0, 0, 0));
    if (start / 1000 % grid_ != 0 || start % 1000 % grid_ != 0) ++starts_off_grid;
    for (int c = 0; c < out.channels(); ++c)
      for (int y = 0; y < out.height(); ++y)
        for (int x = 0; x < out.width(); ++x) {
          float sum = 0.0F;
          for (int dy = -r; dy <= r; ++dy)
            for (int dx = -r; dx <= r; ++dx) {
              const int row = y + dy, column = x + dx;
              if (row < 0 || column < 0 || row >= out.height() || column >= out.width()) continue;
              sum += in.estimate(c, row, column) * 1.25F + in.samples(c, row, column) * 1e-3F +
                     in.mask(c, row, column);
            }
          out(c, y, x) = std::sqrt(sum);
        }
  }

  mutable std::atomic<int> runs{0}, starts_off_grid{0};
  mutable std::atomic<std::int64_t> largest_tile{0};

 private:
  int channels_;
  std::vector<int> radii_;
  int grid_;
};

/// Planes held in memory; sample (y, x) is 1000 y + x.
class PlaneSource final : public pipeline::TileSource {
 public:
  explicit PlaneSource(Shape shape) : samples_(shape) {
    for (int c = 0; c < shape.channels; ++c)
      for (int y = 0; y < shape.height; ++y)
        for (int x = 0; x < shape.width; ++x) samples_(c, y, x) = static_cast<float>(1000 * y + x);
    mask_ = test::random_tensor(shape, 1);
    estimate_ = test::random_tensor(shape, 2);
  }
  Shape shape() const override { return samples_.shape(); }
  void read(Region region, const pipeline::ObservedPlanes& planes, Workspace&) const override {
    copy_region(samples_, region, planes.samples);
    copy_region(mask_, region, planes.mask);
    copy_region(estimate_, region, planes.estimate);
  }

 private:
  Tensor samples_, mask_, estimate_;
};

class Collector final : public pipeline::TileSink {
 public:
  explicit Collector(Shape shape) : planes(shape) {}
  void write(TensorView<const float> part, int top, int left, Workspace&) override {
    paste_region(part, planes, top, left);
  }
  Tensor planes;
};

Tensor restored(const WindowNetwork& network,
                const PlaneSource& source,
                const ExecutionOptions& options) {
  Collector sink(source.shape());
  pipeline::run_network(network, source, sink, options);
  return std::move(sink.planes);
}

constexpr std::int64_t kPlenty = std::int64_t{1} << 30;

}  // namespace

TEST_SUITE("pipeline/network_runner") {
  TEST_CASE("pixels do not depend on tiles or threads, for one stage and for several") {
    for (const auto& radii : {std::vector<int>{5}, {3, 0, 4}})
      for (const Shape shape : {Shape{3, 130, 94}, {3, 2, 2}, {1, 2, 150}, {3, 62, 2}}) {
        const WindowNetwork network(shape.channels, radii, 6);
        const PlaneSource source(shape);
        const Tensor whole =
            restored(network, source, {.threads = 1, .tile = 1024, .max_memory = kPlenty});
        for (const int tile : {0, 32, 64, 97, 512})
          for (const int threads : {1, 2, 3, 8}) {
            CAPTURE(tile);
            CAPTURE(threads);
            const Tensor tiled = restored(
                network, source, {.threads = threads, .tile = tile, .max_memory = kPlenty});
            CHECK(test::max_difference(whole, tiled) == 0.0);
          }
        CHECK(network.starts_off_grid == 0);
      }
  }

  TEST_CASE("stage by stage and all stages in one go give the same pixels") {
    const WindowNetwork network(3, {3, 0, 4}, 6);
    const PlaneSource source({3, 260, 194});
    const Tensor whole =
        restored(network, source, {.threads = 1, .tile = 1024, .max_memory = kPlenty});
    // Too little for two sets of planes (1.2 MB), enough for a tile of 6 + 2 (6 + 6) pixels.
    const int runs_before = network.runs;
    const Tensor fused = restored(network, source, {.threads = 2, .max_memory = 1'000'000});
    CHECK(network.runs > runs_before + 3);
    CHECK(test::max_difference(whole, fused) == 0.0);
    CHECK(network.starts_off_grid == 0);
  }

  TEST_CASE("planes beyond the network's channels are restored one group at a time") {
    const PlaneSource colour({3, 40, 36}), grey({1, 40, 36});
    const WindowNetwork network(1, {5}, 6);
    const Tensor all = restored(network, colour, {.threads = 1, .max_memory = kPlenty});
    CHECK(all.channels() == 3);
    // The third plane is what the network makes of the third plane alone.
    Tensor third(1, 40, 36), expected(1, 40, 36), samples(3, 40, 36), mask(3, 40, 36),
        estimate(3, 40, 36);
    Workspace scratch;
    colour.read({0, 0, 40, 36}, {samples, mask, estimate}, scratch);
    network.run(
        0,
        {samples.view().channels(2, 1), mask.view().channels(2, 1), estimate.view().channels(2, 1)},
        expected, scratch);
    CHECK(test::max_difference(expected, all.view().channels(2, 1)) == 0.0);
  }

  TEST_CASE("tiles get the memory that whole planes between stages leave") {
    const WindowNetwork network(3, {3, 0, 4}, 6);
    const PlaneSource source({3, 260, 194});
    constexpr std::int64_t kMemory = 2'200'000, kPlanes = 2 * 4 * 3 * 260 * 194;
    restored(network, source, {.threads = 1, .max_memory = kMemory});
    // Scratch as the network says, 12 floats for each of 3 planes, and a fifth.
    constexpr std::int64_t kBytesPerPixel = (100 + 12 * 4 * 3) * 6 / 5;
    CHECK(network.largest_tile * kBytesPerPixel <= kMemory - kPlanes);
    // And make use of it.
    CHECK(network.largest_tile * kBytesPerPixel > (kMemory - kPlanes) / 4);
  }

  TEST_CASE("too little memory is refused, not tried") {
    const WindowNetwork network(3, {50}, 6);
    const PlaneSource source({3, 260, 194});
    CHECK_THROWS_AS(restored(network, source, {.threads = 2, .max_memory = 1000}), Error);
    CHECK(network.runs == 0);
  }
}
