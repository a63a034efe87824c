// SPDX-License-Identifier: MIT
// Convolutions per layer shape and algorithm, beside what the processor could do: register-only
// multiply-add loops in fp32 and bf16, measured in the same run.
//   conv_bench [side of the map = 256] [repetitions = 15]
// Columns: ns per map pixel by the wall clock and by the processor time of the slower thread
// (medians; they agree on an idle machine), GFLOP/s of the latter, counted as direct arithmetic
// whatever the algorithm, fraction of the fp32 (bf16 for bf16) peak, scratch memory of a thread and
// peak resident size. Two threads work on two bands of rows, one thread inside each, as the
// pipeline does. conv_bench.py measures the same shapes in PyTorch.
#include <cstdlib>

#include "base/threads/threads_inside.h"
#include "bench/bf16_peak.h"
#include "bench/peak.h"
#include "bench/stopwatch.h"
#include "nn/engine.h"
#include "nn/judge.h"

namespace {

using namespace tessera;
using nn::Activation;
using nn::ConvAlgorithm;

struct Peaks {
  double fp32, bf16;  // flop/s of one thread
};

double rate(double (*loop)(long), int repetitions) {
  std::vector<double> rates;
  for (int k = 0; k < repetitions; ++k) {
    const double start = bench::cpu_seconds();
    const double flops = loop(2'000'000);
    rates.push_back(flops / (bench::cpu_seconds() - start));
  }
  return bench::median(rates);
}

// The layers of the shipped networks and, for comparison, other widths.
std::vector<nn::ConvSpec> layers() {
  return {{.in_channels = 3, .out_channels = 48, .activation = Activation::Relu},
          {.in_channels = 4, .out_channels = 48},
          {.in_channels = 12, .out_channels = 48},
          {.in_channels = 16, .out_channels = 16, .activation = Activation::Relu},
          {.in_channels = 16, .out_channels = 48},
          {.in_channels = 32, .out_channels = 32, .activation = Activation::Relu},
          {.in_channels = 48, .out_channels = 48, .activation = Activation::Relu},
          {.in_channels = 48, .out_channels = 48, .adds_residual = true},
          {.in_channels = 48, .out_channels = 48, .dilation = 2, .activation = Activation::Relu},
          {.in_channels = 64, .out_channels = 64, .activation = Activation::Relu},
          {.in_channels = 96, .out_channels = 96, .activation = Activation::Relu},
          {.in_channels = 48, .out_channels = 12},
          {.in_channels = 48, .out_channels = 24, .kernel = 1},
          {.in_channels = 48, .out_channels = 56, .kernel = 1}};
}

/// What one thread works on.
struct Band {
  nn::FeatureMap in, out;
};

void measure(const nn::ConvSpec& spec, int side, int threads, int repetitions, const Peaks& peaks) {
  const nn::Conv2d conv = test::ConvWeights(spec).make(spec);
  if (spec.algorithm == ConvAlgorithm::Winograd && conv.algorithm() != spec.algorithm) return;
  const int rows = side / threads;
  std::vector<Band> bands(static_cast<std::size_t>(threads));
  bench::reset_peak_memory();
  const bench::Times times = bench::time_of(threads, repetitions, [&](int thread) {
    Band& band = bands[static_cast<std::size_t>(thread)];
    if (band.in.shape().channels == 0) {  // the call that is not timed
      base::set_threads_inside(1);
      band.in.assign(test::random_tensor({spec.in_channels, rows, side}, 1));
      band.out.assign(test::random_tensor({spec.out_channels, rows, side}, 2));
    }
    conv.forward(band.in, band.out, spec.adds_residual ? &band.out : nullptr);
  });
  const bool bf16 = spec.algorithm == ConvAlgorithm::Bf16;
  const double pixels = static_cast<double>(rows) * side * threads;
  const double flops = 2.0 * spec.kernel * spec.kernel * spec.in_channels * spec.out_channels;
  const double speed = flops * pixels / times.cpu;
  std::printf("%3d>%3d %dx%d d%d %-4s %-4s %d %8.2f %8.2f %7.1f %5.0f%% %7.1f %7.0f  %s\n",
              spec.in_channels, spec.out_channels, spec.kernel, spec.kernel, spec.dilation,
              spec.activation == Activation::Relu ? "relu" : "", spec.adds_residual ? "+res" : "",
              threads, 1e9 * times.wall / pixels, 1e9 * times.cpu / pixels, 1e-9 * speed,
              100.0 * speed / (threads * (bf16 ? peaks.bf16 : peaks.fp32)),
              static_cast<double>(conv.scratch_bytes(rows, side)) / 1048576.0,
              bench::peak_memory_mib(), conv.implementation(rows, side).c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int side = argc > 1 ? std::max(8, std::atoi(argv[1])) : 256;
  const int repetitions = argc > 2 ? std::max(1, std::atoi(argv[2])) : 15;
  base::set_threads_inside(1);
  const Peaks peaks{rate(bench::multiply_add_loop, repetitions),
                    rate(bench::bf16_dot_loop, repetitions)};
  std::printf("one thread: %.1f GFLOP/s fp32, %.1f GFLOP/s bf16; map %dx%d\n", 1e-9 * peaks.fp32,
              1e-9 * peaks.bf16, side, side);
  std::printf("%-26s %s %8s %8s %7s %6s %7s %7s  %s\n", "layer", "th", "wall ns", "cpu ns",
              "GFLOP/s", "peak", "scratch", "RSS MiB", "implementation");
  for (const int threads : {1, 2})
    for (nn::ConvSpec spec : layers())
      for (const ConvAlgorithm algorithm :
           {ConvAlgorithm::Direct, ConvAlgorithm::Winograd, ConvAlgorithm::Bf16}) {
        spec.algorithm = algorithm;
        if (algorithm == ConvAlgorithm::Bf16 && !nn::has_native_bf16()) continue;
        measure(spec, side, threads, repetitions, peaks);
      }
  return 0;
}
