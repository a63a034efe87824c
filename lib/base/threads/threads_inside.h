// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <exception>

namespace tessera::base {

/// Threads that share the loops of the calling thread, those below and, once they are set,
/// oneDNN's: 1 at first and in workers that have a tile or a file each, more where one tile is
/// worked on at a time.
int threads_inside();
void set_threads_inside(int threads);

/// So many threads inside until the scope is left; then all is as before, OpenMP's own setting of
/// the calling program, too.
class ThreadsInsideScope {
 public:
  explicit ThreadsInsideScope(int threads);
  ~ThreadsInsideScope();
  ThreadsInsideScope(const ThreadsInsideScope&) = delete;
  ThreadsInsideScope& operator=(const ThreadsInsideScope&) = delete;

 private:
  int outer_, outer_openmp_;
};

/// The first that was thrown on any thread: none may leave a parallel region.
class FirstFailure {
 public:
  template <typename Work>
  void guard(const Work& work, int index) {
    try {
      work(index);
    } catch (...) {
#pragma omp critical(tessera_threads_inside)
      if (!failure_) failure_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::exception_ptr failure_;
};

/// Calls work(index) for all indices in [0, count), on the threads inside: each has a part of them
/// that lie side by side. Results must not depend on who does what.
/// Errors  the first that work throws, once all threads are done.
template <typename Work>
void for_each_inside(int count, const Work& work) {
  const int threads = threads_inside();
  FirstFailure failure;
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1 && count > 1)
  for (int index = 0; index < count; ++index) failure.guard(work, index);
  failure.rethrow();
}

/// Likewise, but a thread takes the next index whenever it is done with one: where each is much
/// work, none waits for a thread that something else keeps from working. Each thread takes its
/// indices in rising order, so work may wait for that of smaller ones.
template <typename Work>
void for_each_in_turn_inside(int count, const Work& work) {
  const int threads = threads_inside();
  FirstFailure failure;
#pragma omp parallel for schedule(monotonic \
                                  : dynamic) num_threads(threads) if (threads > 1 && count > 1)
  for (int index = 0; index < count; ++index) failure.guard(work, index);
  failure.rethrow();
}

/// Calls work(first, end) for parts of [0, count) that together are all of it, one for each thread
/// inside: the loop of what is computed sample by sample. Results must not depend on the parts.
/// Errors  as for_each_inside.
template <typename Work>
void for_each_part_inside(std::size_t count, const Work& work) {
  const int parts = threads_inside();
  for_each_inside(parts, [&](int part) { work(count * part / parts, count * (part + 1) / parts); });
}

}  // namespace tessera::base
