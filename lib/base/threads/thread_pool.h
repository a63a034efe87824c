// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>

#include "base/machine/cgroup_quota.h"

namespace tessera::base {

/// The one place where this library starts threads.
class ThreadPool {
 public:
  /// `threads` 0: one per processor that affinity mask and cgroup quota allow; 1: run on the
  /// caller.
  /// Errors  Refused when the system does not allow so many threads.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Calls task(index, worker) once for each index in [0, count), worker < size(); returns when all
  /// are done. When a task throws, the rest are skipped and the first exception is thrown again
  /// here. Tasks write to disjoint places, so results do not depend on the number of threads.
  /// Requires  not called from inside a task of the same pool; count below 2^30.
  /// Threads   callers from several threads take turns.
  void for_each(int count, const std::function<void(int index, int worker)>& task);
  int size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Processors this process may use: the smaller of affinity mask and `quota`, in processors and
/// rounded up, at least 1.
int available_processors(double quota = cgroup_cpu_quota());

}  // namespace tessera::base
