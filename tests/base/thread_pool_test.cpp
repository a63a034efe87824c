// SPDX-License-Identifier: MIT
#include "base/threads/thread_pool.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tessera::base {

TEST_SUITE("base/thread_pool") {
  TEST_CASE("every index runs exactly once, by a worker below size") {
    for (const int threads : {1, 2, 3, 8}) {
      ThreadPool pool(threads);
      CHECK(pool.size() == threads);
      for (const int count : {0, 1, 2, 7, 1000}) {
        std::vector<std::atomic<int>> runs(count);
        std::atomic<bool> worker_in_range{true};
        pool.for_each(count, [&](int index, int worker) {
          ++runs[index];
          if (worker < 0 || worker >= threads) worker_in_range = false;
        });
        for (const auto& run : runs) CHECK(run == 1);
        CHECK(worker_in_range);
      }
    }
  }
  TEST_CASE("two tasks of one worker never overlap") {
    ThreadPool pool(4);
    std::vector<std::atomic<int>> inside(4);
    std::atomic<bool> overlap{false};
    pool.for_each(2000, [&](int, int worker) {
      if (inside[worker].fetch_add(1) != 0) overlap = true;
      --inside[worker];
    });
    CHECK_FALSE(overlap);
  }
  TEST_CASE("callers take turns, also those with one task") {
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      std::atomic<int> inside{0};
      std::atomic<bool> overlap{false};
      const auto call = [&] {
        for (int job = 0; job < 200; ++job)
          pool.for_each(1, [&](int, int) {
            if (inside.fetch_add(1) != 0) overlap = true;
            sched_yield();
            --inside;
          });
      };
      ThreadPool callers(4);
      callers.for_each(4, [&](int, int) { call(); });
      CHECK_FALSE(overlap);
    }
  }
  TEST_CASE("an exception skips the rest, comes back, and leaves the pool usable") {
    for (const int threads : {1, 4}) {
      ThreadPool pool(threads);
      std::atomic<int> ran{0};
      CHECK_THROWS_WITH_AS(pool.for_each(100000,
                                         [&](int index, int) {
                                           ++ran;
                                           if (index == 10) throw std::runtime_error("ten");
                                         }),
                           "ten", std::runtime_error);
      CHECK(ran < 100000);
      std::atomic<int> again{0};
      pool.for_each(50, [&](int, int) { ++again; });
      CHECK(again == 50);
    }
  }
  TEST_CASE("a pool inside a task of another pool works") {
    ThreadPool outer(2);
    std::atomic<int> ran{0};
    outer.for_each(4, [&](int, int) {
      ThreadPool inner(2);
      inner.for_each(5, [&](int, int) { ++ran; });
    });
    CHECK(ran == 20);
  }
  TEST_CASE("many short jobs in a row all finish") {
    ThreadPool pool(3);
    std::atomic<int> sum{0};
    for (int job = 0; job < 2000; ++job) pool.for_each(3, [&](int index, int) { sum += index; });
    CHECK(sum == 6000);
  }
  TEST_CASE("of a processor's quota the beginning of one counts whole, within the affinity mask") {
    cpu_set_t mask;
    REQUIRE(sched_getaffinity(0, sizeof mask, &mask) == 0);
    const int processors = CPU_COUNT(&mask);
    for (const auto& [quota, expected] : {std::pair{0.01, 1},
                                          {0.5, 1},
                                          {1.0, 1},
                                          {1.01, 2},
                                          {1.5, 2},
                                          {2.0, 2},
                                          {2.2, 3},
                                          {7.9, 8}})
      CHECK(available_processors(quota) == std::min(expected, processors));
    CHECK(available_processors(kNoLimit) == processors);
  }
  TEST_CASE("the default number of threads obeys the affinity mask") {
    cpu_set_t before, one;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    CHECK(available_processors() >= 1);
    CHECK(available_processors() <= CPU_COUNT(&before));
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &before)) {
        CPU_SET(cpu, &one);
        break;
      }
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(available_processors() == 1);
    CHECK(ThreadPool(0).size() == 1);
    REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
  }
}

}  // namespace tessera::base
