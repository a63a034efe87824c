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

#include "base/threads/threads_inside.h"
#include "bench/observed_tile.h"
#include "bench/stopwatch.h"
#include "model/network.h"
#include "nn/conv2d.h"
#include "tensor/workspace.h"
#include "tessera/model.h"

namespace {

using namespace tessera;

void measure(const model::Network& network, int side, int tile_side, int threads, int repetitions) {
  const int across = side / tile_side, tiles = across * across;
  std::vector<bench::ObservedTile> bands;
  for (int k = 0; k < threads; ++k) bands.emplace_back(network, tile_side);
  std::vector<Workspace> scratch(static_cast<std::size_t>(threads));
  bench::reset_peak_memory();
  const bench::Times times = bench::time_of(threads, repetitions, [&](int thread) {
    base::set_threads_inside(1);
    const auto k = static_cast<std::size_t>(thread);
    for (int tile = thread; tile < tiles; tile += threads)
      bench::run_all_stages(network, bands[k], scratch[k]);
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
