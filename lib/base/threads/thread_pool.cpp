// SPDX-License-Identifier: MIT
#include "base/threads/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/assertion.h"
#include "tessera/error.h"

namespace tessera::base {
namespace {

using Task = std::function<void(int, int)>;

/// The pool whose task this thread is running; guards against waiting for oneself.
thread_local const void* running_pool = nullptr;

/// Sets running_pool for the time of one worker's part of a loop.
class RunningPoolScope {
 public:
  explicit RunningPoolScope(const void* pool) : outer_(running_pool) { running_pool = pool; }
  ~RunningPoolScope() { running_pool = outer_; }
  RunningPoolScope(const RunningPoolScope&) = delete;
  RunningPoolScope& operator=(const RunningPoolScope&) = delete;

 private:
  const void* outer_;
};

int processors_in_affinity_mask() {
  // The mask may be larger than cpu_set_t's 1024 processors; the call then fails with EINVAL.
  for (int limit = 1024; limit <= 1 << 20; limit *= 2) {
    const std::size_t bytes = CPU_ALLOC_SIZE(limit);
    std::vector<unsigned long> mask(bytes / sizeof(unsigned long) + 1);
    auto* set = reinterpret_cast<cpu_set_t*>(mask.data());
    if (sched_getaffinity(0, bytes, set) == 0) return CPU_COUNT_S(bytes, set);
  }
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

/// One job at a time: workers sleep until `generation` moves, draw indices until none is left, and
/// report. The caller works too, as worker 0.
struct ThreadPool::Impl {
  std::vector<std::thread> threads;
  std::mutex caller;  ///< held for a whole for_each: callers from several threads take turns

  std::mutex mutex;  ///< guards everything below but `next`
  std::condition_variable wake, finished;
  std::uint64_t generation = 0;
  bool stopping = false;
  const Task* task = nullptr;
  int count = 0, busy = 0;
  std::exception_ptr error;

  std::atomic<int> next{0};

  void work(int worker) {
    const RunningPoolScope scope(this);
    try {
      for (int index; (index = next.fetch_add(1, std::memory_order_relaxed)) < count;)
        (*task)(index, worker);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
      // count + number of workers stays below INT_MAX: see for_each.
      next.store(count, std::memory_order_relaxed);
    }
  }

  void wait_for_jobs(int worker) {
    std::uint64_t seen = 0;
    for (;;) {
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return stopping || generation != seen; });
        if (stopping) return;
        seen = generation;
      }
      work(worker);
      const std::lock_guard lock(mutex);
      if (--busy == 0) finished.notify_one();
    }
  }

  void stop() noexcept {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    wake.notify_all();
    for (std::thread& thread : threads) thread.join();
  }
};

ThreadPool::ThreadPool(int threads) : impl_(std::make_unique<Impl>()) {
  const int wanted = threads > 0 ? threads : available_processors();
  impl_->threads.reserve(static_cast<std::size_t>(wanted) - 1);
  try {
    for (int worker = 1; worker < wanted; ++worker)
      impl_->threads.emplace_back([impl = impl_.get(), worker] { impl->wait_for_jobs(worker); });
  } catch (const std::system_error& failure) {
    const int started = size();
    impl_->stop();
    throw Error(ErrorCode::Refused, "cannot start " + std::to_string(wanted) +
                                        " threads: the system allowed " + std::to_string(started) +
                                        " (" + failure.code().message() + ")");
  } catch (...) {
    impl_->stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { impl_->stop(); }

int ThreadPool::size() const { return static_cast<int>(impl_->threads.size()) + 1; }

void ThreadPool::for_each(int count, const Task& task) {
  TESSERA_ASSERT(running_pool != impl_.get());
  // Every worker overshoots by one, and once more after a failure; the counter must not wrap.
  TESSERA_ASSERT(count < (1 << 30));
  if (count <= 0) return;
  const std::lock_guard turn(impl_->caller);
  if (impl_->threads.empty() || count == 1) {
    const RunningPoolScope scope(impl_.get());
    for (int index = 0; index < count; ++index) task(index, 0);
    return;
  }
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->task = &task;
    impl_->count = count;
    impl_->busy = size();
    impl_->error = nullptr;
    impl_->next.store(0, std::memory_order_relaxed);
    ++impl_->generation;
  }
  impl_->wake.notify_all();
  impl_->work(0);
  std::unique_lock lock(impl_->mutex);
  --impl_->busy;
  impl_->finished.wait(lock, [&] { return impl_->busy == 0; });
  if (impl_->error) std::rethrow_exception(std::exchange(impl_->error, nullptr));
}

int available_processors(double quota) {
  const double whole = std::ceil(quota);
  const int mask = std::max(1, processors_in_affinity_mask());
  return whole < mask ? std::max(1, static_cast<int>(whole)) : mask;
}

}  // namespace tessera::base
