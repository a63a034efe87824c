// SPDX-License-Identifier: MIT
// A whole network on a picture of random samples, without the pipeline around it.
//   network_bench CHECKPOINT [side of the picture = 1024] [repetitions = 5] [precision f32 | bf16]
// Columns: ns per pixel by the wall clock and by the processor time of the slower thread (medians),
// and peak resident size. The picture is cut into square tiles of the side given in the first
// column, without the borders that the pipeline adds; threads take tiles in turn. So the smallest
// ns per pixel shows what fits the caches, and a tile's border comes on top of it.
// network_bench.py runs the PyTorch twin on the same picture size.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "bench/stopwatch.h"
#include "model/network.h"
#include "nn/conv2d.h"
#include "observation/sampling.h"
#include "support/compare.h"
#include "tensor/workspace.h"
#include "tessera/model.h"

namespace {

using namespace tessera;
using model::ObservationKind;

bool measured(ObservationKind kind, int channel, int y, int x) {
  switch (kind) {
    case ObservationKind::Bayer:
    case ObservationKind::NoisyBayer:
      return channel % 3 == observation::bayer_channel(BayerPattern::RGGB, y, x);
    case ObservationKind::Decimation2:
      return y % 2 == 0 && x % 2 == 0;
    case ObservationKind::Noise:
      return true;
    case ObservationKind::Mask:
      return base::random_uniform(3, static_cast<std::uint64_t>(y) * 65536 + x) < 0.2;
  }
  return false;
}

/// Everything a tile needs.
struct Tile {
  Tensor samples, mask, estimate, out;
  Tensor sigma;  ///< of a denoiser: 25 of 255

  Tile(const model::Network& network, int side)
      : samples(test::random_tensor({network.channels(), side, side}, 1)),
        mask(network.channels(), side, side),
        estimate(network.channels(), side, side),
        out(network.channels(), side, side) {
    for (int c = 0; c < network.channels(); ++c)
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
          mask(c, y, x) = measured(network.observation(), c, y, x) ? 1.0F : 0.0F;
          samples(c, y, x) *= mask(c, y, x);
        }
    if (model::is_noisy(network.observation()))
      sigma = test::constant_tensor({1, side, side}, 25.0F / 255.0F);
    if (network.observation() == ObservationKind::Noise) {
      std::copy_n(samples.data(), samples.shape().count(), estimate.data());
    } else if (network.observation() == ObservationKind::Mask) {
      observation::pull_push_estimate(samples, mask, estimate);
    } else {
      observation::bilinear_estimate(samples, mask, estimate);
    }
  }

  model::Observed observed(TensorView<const float> current) const {
    const bool noisy = sigma.shape().count() > 0;
    return {.samples = samples,
            .mask = mask,
            .estimate = current,
            .sigma = noisy ? sigma.view() : TensorView<const float>{}};
  }
};

void run_all_stages(const model::Network& network, Tile& tile, Workspace& scratch) {
  network.run(0, tile.observed(tile.estimate), tile.out, scratch);
  for (int stage = 1; stage < network.stage_count(); ++stage) {
    const Tensor before = tile.out.clone();
    network.run(stage, tile.observed(before), tile.out, scratch);
  }
}

void measure(const model::Network& network, int side, int tile_side, int threads, int repetitions) {
  const int across = side / tile_side, tiles = across * across;
  std::vector<Tile> bands;
  for (int k = 0; k < threads; ++k) bands.emplace_back(network, tile_side);
  std::vector<Workspace> scratch(static_cast<std::size_t>(threads));
  bench::reset_peak_memory();
  const bench::Times times = bench::time_of(threads, repetitions, [&](int thread) {
    nn::set_threads_inside(1);
    const auto k = static_cast<std::size_t>(thread);
    for (int tile = thread; tile < tiles; tile += threads)
      run_all_stages(network, bands[k], scratch[k]);
  });
  const double pixels = static_cast<double>(tiles) * tile_side * tile_side;
  std::printf("%6d %2d %9.1f %9.1f %8.0f\n", tile_side, threads, 1e9 * times.wall / pixels,
              1e9 * times.cpu / pixels, bench::peak_memory_mib());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: network_bench CHECKPOINT [side] [repetitions] [f32 | bf16]\n");
    return 2;
  }
  const int side = argc > 2 ? std::max(64, std::atoi(argv[2])) : 1024;
  const int repetitions = argc > 3 ? std::max(1, std::atoi(argv[3])) : 5;
  const bool bf16 = argc > 4 && std::strcmp(argv[4], "bf16") == 0;
  const Model model = Model::load(argv[1], bf16 ? Precision::Bf16 : Precision::F32);
  std::printf("%s, %s, %dx%d\n", model.title().c_str(), bf16 ? "bf16" : "f32", side, side);
  std::printf("%6s %2s %9s %9s %8s\n", "tile", "th", "wall ns", "cpu ns", "RSS MiB");
  for (const int threads : {1, 2})
    for (const int tile : {128, 256, 512})
      if (tile <= side) measure(model.network(), side, tile, threads, repetitions);
  measure(model.network(), side, side, 1, repetitions);
  return 0;
}
