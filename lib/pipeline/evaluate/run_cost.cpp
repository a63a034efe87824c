// SPDX-License-Identifier: MIT
#include "pipeline/evaluate/run_cost.h"

#include <malloc.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <string>

namespace tessera::pipeline {
namespace {

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Starts the kernel's record of the peak anew (proc(5), /proc/pid/clear_refs).
bool forget_peak() {
  malloc_trim(0);
  std::ofstream file("/proc/self/clear_refs");
  file << '5';
  file.close();
  return static_cast<bool>(file);
}

/// VmHWM of proc(5), in bytes.
std::int64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::stoll(line.substr(6)) * 1024;
  return 0;
}

}  // namespace

RunCost measure_cost(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  const bool knows_peak = forget_peak();
  const double processor = processor_seconds();
  const auto start = Clock::now();
  work();
  RunCost cost;
  cost.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  cost.processor_seconds = processor_seconds() - processor;
  if (knows_peak) cost.peak_memory = peak_memory();
  return cost;
}

}  // namespace tessera::pipeline
