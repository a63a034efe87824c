// SPDX-License-Identifier: MIT
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "base/threads/thread_pool.h"

namespace tessera::bench {

inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Time that the calling thread computed, whatever else the processors do.
inline double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Medians over repetitions, in seconds; on an idle machine they agree.
struct Times {
  double wall = 0.0;
  double cpu = 0.0;  ///< of the thread that computed longest
};

/// Runs work(thread) on so many threads at once, after one call that fills caches.
inline Times time_of(int threads, int repetitions, const std::function<void(int thread)>& work) {
  base::ThreadPool pool(threads);
  std::vector<double> wall, cpu;
  for (int k = 0; k <= repetitions; ++k) {
    std::vector<double> busy(static_cast<std::size_t>(threads));
    const double start = wall_seconds();
    pool.for_each(threads, [&](int index, int) {
      const double begin = cpu_seconds();
      work(index);
      busy[static_cast<std::size_t>(index)] = cpu_seconds() - begin;
    });
    if (k == 0) continue;
    wall.push_back(wall_seconds() - start);
    cpu.push_back(*std::max_element(busy.begin(), busy.end()));
  }
  return {median(wall), median(cpu)};
}

/// Largest resident size since the last reset_peak_memory(), in MiB; 0 where Linux does not tell.
inline double peak_memory_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024.0;
  return 0.0;
}
inline void reset_peak_memory() { std::ofstream("/proc/self/clear_refs") << 5; }

}  // namespace tessera::bench
