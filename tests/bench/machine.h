// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace tessera::bench {

/// What so many threads of this machine reach together, measured.
struct Machine {
  int threads = 1;
  double fp32 = 0.0, bf16 = 0.0;            ///< flop/s in registers; bf16 0: no such instruction
  double l2 = 0.0, l3 = 0.0, memory = 0.0;  ///< byte/s, read and written ones counted alike
};

/// Runs the register loops and copies of three sizes on `threads` threads at once.
/// Cost  about a second a thread.
Machine measure_machine(int threads);

/// What a working set of one thread is held in: half a second-level cache of 1 MiB, a thread's
/// part of a third-level cache of 32 MiB, or memory.
enum class Level { L2, L3, Memory };
Level level_of(double bytes, int threads);
const char* name_of(Level level);
double bandwidth(const Machine& machine, Level level);

}  // namespace tessera::bench
