// SPDX-License-Identifier: MIT
// The library's denoise() on a float picture in memory, tiles with their borders and all.
//   denoise_bench CHECKPOINT [side = 512] [repetitions = 5] [threads = 2] [precision f32 | bf16]
// Prints the median wall time of a call in ms. onnx_bench.py runs it against ONNX Runtime.
#include <cstdlib>
#include <cstring>

#include "base/random.h"
#include "bench/stopwatch.h"
#include "tessera/denoise.h"

namespace {

using namespace tessera;

Image random_picture(int side, int channels) {
  Image image(side, side, channels, SampleType::F32);
  for (int y = 0; y < side; ++y)
    for (int k = 0; k < side * channels; ++k)
      image.colour_row<float>(y)[k] =
          static_cast<float>(base::random_uniform(static_cast<std::uint64_t>(y), k));
  return image;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: denoise_bench CHECKPOINT [side] [repetitions] [threads] [f32 | bf16]\n");
    return 2;
  }
  const int side = argc > 2 ? std::max(64, std::atoi(argv[2])) : 512;
  const int repetitions = argc > 3 ? std::max(1, std::atoi(argv[3])) : 5;
  DenoiseOptions options;
  options.sigma = 25.0;
  options.execution.threads = argc > 4 ? std::max(1, std::atoi(argv[4])) : 2;
  const bool bf16 = argc > 5 && std::strcmp(argv[5], "bf16") == 0;
  const Model model = Model::load(argv[1], bf16 ? Precision::Bf16 : Precision::F32);
  const Image noisy = random_picture(side, model.channels());
  std::vector<double> seconds;
  for (int k = 0; k <= repetitions; ++k) {
    const double start = bench::wall_seconds();
    denoise(noisy, nullptr, &model, options);
    if (k > 0) seconds.push_back(bench::wall_seconds() - start);
  }
  std::printf("%.2f\n", 1e3 * bench::median(seconds));
  return 0;
}
