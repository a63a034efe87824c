// SPDX-License-Identifier: MIT
// Time of the graph operators per pixel, beside what the machine could do: a register-only
// multiply-add loop and copies, measured in the same run with as many threads.
//   graph_bench [repetitions]
// Columns: ns per pixel by the wall clock and by the processor time of the slower thread (both
// medians; they agree on an idle machine), the rates of the latter and their shares of the peak and
// of copies in memory, and the share of the bound that applies: arithmetic, or the bytes at the
// speed of what the working set is held in (see machine.h).
// Two threads work on two bands of rows with their halos, as the pipeline does. graph_bench.py
// measures the same operators as PyTorch slices.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/machine.h"
#include "bench/stopwatch.h"
#include "graph/edge_weights.h"
#include "graph/graph_filter.h"
#include "graph/kernels/vector_lanes.h"
#include "graph/laplacian.h"
#include "graph/plane_problem.h"
#include "graph/total_variation.h"
#include "support/compare.h"

namespace {

using namespace tessera;

// What one thread works on: a band of rows and everything that belongs to it.
struct Band {
  Tensor features, weights, x, b, y, t1, t2;
  test::ProblemPlanes problem;
  Workspace scratch;

  TensorView<const float> first_graph() const { return weights.view().channels(0, 4); }
};

Band make_band(int rows, int width, int planes, std::uint64_t seed) {
  return {test::random_tensor({planes, rows, width}, seed),
          Tensor(16, rows, width),
          test::random_tensor({3, rows, width}, seed + 1),
          test::random_tensor({3, rows, width}, seed + 2),
          Tensor(3, rows, width),
          test::random_tensor({12, rows, width}, seed + 3, -1.0F, 1.0F),
          test::random_tensor({12, rows, width}, seed + 4, -1.0F, 1.0F),
          {{3, rows, width}, 6, true, seed + 5},
          {}};
}

struct Operator {
  std::string name;
  int halo;             // rows that a band needs beside its own, per inner border
  double flops, bytes;  // per pixel: arithmetic, and traffic that no order of work avoids
  std::function<void(Band&)> work;
};

void all_heads(Band& band, int heads, int dimension) {
  for (int g = 0; g < heads; ++g)
    graph::edge_weights(band.features.view().channels(g * dimension, dimension),
                        band.weights.view().channels(g * 4, 4), band.scratch);
}

// Starts where the call before ended, as the layers of a network do.
void filter(Band& band, int count) {
  const std::vector<graph::CgStep> steps(static_cast<std::size_t>(count), {0.3F, 0.2F});
  graph::filter_by_learned_cg({band.first_graph(), 1.0F, {}, 1.0F, {}}, band.b, band.x, steps,
                              band.scratch);
}

// Weights, right-hand side and filter in one pass, as the graph block on an image has them.
void filter_on_learned_graph(Band& band, int count) {
  const std::vector<graph::CgStep> steps(static_cast<std::size_t>(count), {0.3F, 0.2F});
  graph::filter_on_learned_graph(
      band.problem.filter(steps),
      [&](int widest, Workspace& scratch) {
        return std::make_unique<test::PlaneProblem>(band.problem, widest, band.y, scratch);
      },
      band.scratch);
}

// Of an edge: 3 per feature, 20 for the exponential, 5 for degree and normalisation.
double edge_flops(int heads, int dimension) { return heads * 4.0 * (3.0 * dimension + 25.0); }
// Of a step and channel: 24 for L p, 4 for the matrix, 6 for x, r and p.
double filter_flops(int steps) { return 3.0 * 34.0 * steps; }

std::vector<Operator> operators() {
  return {{"edge weights, 4 heads x 12", 2, edge_flops(4, 12), 4.0 * (48 + 16),
           [](Band& band) { all_heads(band, 4, 12); }},
          {"edge weights, 2 heads x 6", 2, edge_flops(2, 6), 4.0 * (12 + 8),
           [](Band& band) { all_heads(band, 2, 6); }},
          {"Laplacian, 3 channels", 1, 3 * 24.0, 4.0 * (4 + 6),
           [](Band& band) { graph::apply_laplacian(band.first_graph(), band.x, band.y); }},
          {"learned CG, 3 channels, 10 steps", 10, filter_flops(10), 4.0 * (4 + 9),
           [](Band& band) { filter(band, 10); }},
          {"learned CG, 3 channels, 4 steps", 4, filter_flops(4), 4.0 * (4 + 9),
           [](Band& band) { filter(band, 4); }},
          {"learned graph, 6 features, 4 steps", 5, edge_flops(1, 6) + 3 * 24.0 + filter_flops(3),
           4.0 * (6 + 1 + 9), [](Band& band) { filter_on_learned_graph(band, 4); }},
          {"GTV edge layer, 3 channels", 1, 12 * 24.0, 4.0 * (4 + 6 + 48), [](Band& band) {
             graph::advance_edges(band.first_graph(), band.b, {1.0F, 0.005F, 1.0F}, band.t1,
                                  band.t2, band.y, band.scratch);
           }}};
}

void measure(const Operator& op, int size, const bench::Machine& machine, int repetitions) {
  const int threads = machine.threads;
  std::vector<Band> bands;
  for (int k = 0; k < threads; ++k) {
    bands.push_back(make_band(size / threads + (threads > 1 ? op.halo : 0), size, 48, 10U * k));
    all_heads(bands.back(), 1, 12);
  }
  const bench::Times times = bench::time_of(
      threads, repetitions, [&](int thread) { op.work(bands[static_cast<std::size_t>(thread)]); });
  const double pixels = static_cast<double>(size) * size, time = times.cpu;
  const double flops = op.flops * pixels, bytes = op.bytes * pixels;
  const bench::Level level = bench::level_of(bytes / threads, threads);
  const double arithmetic = flops / machine.fp32;
  const double traffic = bytes / bench::bandwidth(machine, level);
  std::printf("%-34s %4d^2 %2d %8.2f %8.2f %8.1f %6.1f%% %7.1f %6.1f%% %6.1f%% %s\n",
              op.name.c_str(), size, threads, 1e9 * times.wall / pixels, 1e9 * time / pixels,
              1e-9 * flops / time, 100.0 * arithmetic / time, 1e-9 * bytes / time,
              100.0 * bytes / machine.memory / time, 100.0 * std::max(arithmetic, traffic) / time,
              arithmetic >= traffic ? "arithmetic" : bench::name_of(level));
}

}  // namespace

int main(int argc, char** argv) {
  const int repetitions = argc > 1 ? std::max(1, std::atoi(argv[1])) : 15;
  for (const int threads : {1, 2}) {
    const bench::Machine machine = bench::measure_machine(threads);
    std::printf(
        "%d lanes, threads: %d; %.0f GFLOP/s fp32; copies %.0f GB/s in L2, %.0f in L3, %.0f "
        "in memory\n",
        graph::vector_lanes(), threads, 1e-9 * machine.fp32, 1e-9 * machine.l2, 1e-9 * machine.l3,
        1e-9 * machine.memory);
    std::printf("%-34s %6s %2s %8s %8s %8s %7s %7s %7s %7s\n", "operator", "size", "th", "wall",
                "cpu", "GFLOP/s", "of peak", "GB/s", "of copy", "bound");
    for (const int size : {128, 256, 512, 1024})
      for (const Operator& op : operators()) measure(op, size, machine, repetitions);
  }
  return 0;
}
