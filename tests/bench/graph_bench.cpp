// SPDX-License-Identifier: MIT
// Time of the graph operators per pixel, beside what the machine could do: a register-only
// multiply-add loop and a memory copy, measured in the same run.
//   graph_bench [repetitions]
// Columns: ns per pixel by the wall clock and by the processor time of the slower thread (both
// medians; they agree on an idle machine), and the rates of the latter.
// Two threads work on two bands of rows with their halos, as the pipeline does. graph_bench.py
// measures the same operators as PyTorch slices.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "bench/peak.h"
#include "bench/stopwatch.h"
#include "graph/edge_weights.h"
#include "graph/graph_filter.h"
#include "graph/kernels/vector_lanes.h"
#include "graph/laplacian.h"
#include "graph/total_variation.h"
#include "support/compare.h"

namespace {

using namespace tessera;

// What one thread works on: a band of rows and everything that belongs to it.
struct Band {
  Tensor features, weights, x, b, y, t1, t2;
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
          {"GTV edge layer, 3 channels", 1, 12 * 24.0, 4.0 * (4 + 6 + 48), [](Band& band) {
             graph::advance_edges(band.first_graph(), band.b, {1.0F, 0.005F, 1.0F}, band.t1,
                                  band.t2, band.y, band.scratch);
           }}};
}

struct Machine {
  double peak, copy;  // per thread: flop/s, byte/s
};

void measure(const Operator& op, int size, int threads, int repetitions, const Machine& machine) {
  std::vector<Band> bands;
  for (int k = 0; k < threads; ++k) {
    bands.push_back(make_band(size / threads + (threads > 1 ? op.halo : 0), size, 48, 10U * k));
    all_heads(bands.back(), 1, 12);
  }
  const bench::Times times = bench::time_of(
      threads, repetitions, [&](int thread) { op.work(bands[static_cast<std::size_t>(thread)]); });
  const double pixels = static_cast<double>(size) * size, time = times.cpu;
  std::printf(
      "%-34s %4d^2 %2d %8.2f %8.2f %8.1f %6.1f%% %7.1f %6.1f%%\n", op.name.c_str(), size, threads,
      1e9 * times.wall / pixels, 1e9 * time / pixels, 1e-9 * op.flops * pixels / time,
      100.0 * op.flops * pixels / time / (machine.peak * threads), 1e-9 * op.bytes * pixels / time,
      100.0 * op.bytes * pixels / time / (machine.copy * threads));
}

double copy_bandwidth(int repetitions) {
  const std::size_t bytes = std::size_t{64} << 20;
  std::vector<char> source(bytes, 1), target(bytes);
  std::vector<double> rates;
  for (int k = 0; k < repetitions; ++k) {
    const double start = bench::cpu_seconds();
    std::memcpy(target.data(), source.data(), bytes);
    rates.push_back(2.0 * static_cast<double>(bytes) / (bench::cpu_seconds() - start));
  }
  return bench::median(rates);
}

double multiply_add_peak(int repetitions) {
  std::vector<double> rates;
  for (int k = 0; k < repetitions; ++k) {
    const double start = bench::cpu_seconds();
    const double flops = bench::multiply_add_loop(2'000'000);
    rates.push_back(flops / (bench::cpu_seconds() - start));
  }
  return bench::median(rates);
}

}  // namespace

int main(int argc, char** argv) {
  const int repetitions = argc > 1 ? std::max(1, std::atoi(argv[1])) : 15;
  const Machine machine{multiply_add_peak(repetitions), copy_bandwidth(repetitions)};
  std::printf(
      "%d lanes; one thread: %.1f GFLOP/s fp32 multiply-add, %.1f GB/s copy (read + write)\n",
      graph::vector_lanes(), 1e-9 * machine.peak, 1e-9 * machine.copy);
  std::printf("%-34s %6s %2s %8s %8s %8s %7s %7s %7s\n", "operator", "size", "th", "wall", "cpu",
              "GFLOP/s", "of peak", "GB/s", "of copy");
  for (const int size : {128, 256, 512, 1024})
    for (const int threads : {1, 2})
      for (const Operator& op : operators()) measure(op, size, threads, repetitions, machine);
  return 0;
}
