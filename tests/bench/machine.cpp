// SPDX-License-Identifier: MIT
#include "bench/machine.h"

#include <cstring>

#include "bench/bf16_peak.h"
#include "bench/peak.h"
#include "bench/stopwatch.h"

namespace tessera::bench {
namespace {

constexpr int kRepetitions = 7;
constexpr double kL2Bytes = 1 << 20, kL3Bytes = 32 << 20;
constexpr std::size_t kCopiedBytes = std::size_t{64} << 20;  // by one thread in one repetition

double loop_rate(int threads, double (*loop)(long)) {
  constexpr long kRounds = 2'000'000;
  const double flops = loop(kRounds);
  const Times times = time_of(threads, kRepetitions, [&](int) { loop(kRounds); });
  return threads * flops / times.wall;
}

/// Pieces of 4 KiB, which the library's copy takes through the caches.
void copy_in_pieces(const std::vector<char>& source, std::vector<char>& target) {
  constexpr std::size_t kPiece = 4096;
  for (std::size_t i = 0; i < source.size(); i += kPiece)
    std::memcpy(target.data() + i, source.data() + i, kPiece);
  __asm__ volatile("" : : "r"(target.data()) : "memory");
}

/// `bytes` of source and as many of target a thread.
double copy_rate(int threads, std::size_t bytes) {
  std::vector<std::vector<char>> sources, targets;
  for (int k = 0; k < threads; ++k) sources.emplace_back(bytes, 1), targets.emplace_back(bytes, 2);
  const std::size_t rounds = kCopiedBytes / bytes;
  const Times times = time_of(threads, kRepetitions, [&](int thread) {
    const auto k = static_cast<std::size_t>(thread);
    for (std::size_t round = 0; round < rounds; ++round) copy_in_pieces(sources[k], targets[k]);
  });
  return 2.0 * threads * static_cast<double>(rounds * bytes) / times.wall;
}

}  // namespace

Machine measure_machine(int threads) {
  return {.threads = threads,
          .fp32 = loop_rate(threads, multiply_add_loop),
          .bf16 = loop_rate(threads, bf16_dot_loop),
          .l2 = copy_rate(threads, std::size_t{256} << 10),
          .l3 = copy_rate(threads, std::size_t{4} << 20),
          .memory = copy_rate(threads, kCopiedBytes)};
}

Level level_of(double bytes, int threads) {
  if (bytes <= kL2Bytes / 2) return Level::L2;
  return bytes <= kL3Bytes / threads ? Level::L3 : Level::Memory;
}

const char* name_of(Level level) {
  switch (level) {
    case Level::L2:
      return "L2";
    case Level::L3:
      return "L3";
    case Level::Memory:
      break;
  }
  return "memory";
}

double bandwidth(const Machine& machine, Level level) {
  switch (level) {
    case Level::L2:
      return machine.l2;
    case Level::L3:
      return machine.l3;
    case Level::Memory:
      break;
  }
  return machine.memory;
}

}  // namespace tessera::bench
