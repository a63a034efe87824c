// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>

namespace tessera::base {

/// The one place where this library starts threads.
class ThreadPool {
 public:
  /// `threads` 0: one per processor that affinity mask and cgroup quota allow; 1: run on the caller.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Calls task(index, worker) once for each index in [0, count), worker < size(); returns when all
  /// are done. When a task throws, the rest are skipped and the first exception is thrown again
  /// here. Tasks write to disjoint places, so results do not depend on the number of threads.
  void for_each(int count, const std::function<void(int index, int worker)>& task);
  int size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Processors this process may use: the smaller of affinity mask and cgroup CPU quota, at least 1.
int available_processors();

}  // namespace tessera::base
