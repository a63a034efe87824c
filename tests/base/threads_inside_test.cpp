// SPDX-License-Identifier: MIT
#include "base/threads/threads_inside.h"

#include <doctest/doctest.h>
#include <omp.h>

#include <new>
#include <thread>
#include <vector>

using namespace tessera;

TEST_SUITE("base/threads_inside") {
  TEST_CASE("every index is visited once, however many threads there are") {
    for (const int threads : {1, 2, 3, 8})
      for (const int count : {0, 1, 2, 7, 1000}) {
        const base::ThreadsInsideScope scope(threads);
        std::vector<int> visits(static_cast<std::size_t>(count));
        const auto visit = [&](int i) { ++visits[static_cast<std::size_t>(i)]; };
        base::for_each_inside(count, visit);
        CHECK(visits == std::vector<int>(static_cast<std::size_t>(count), 1));
        base::for_each_in_turn_inside(count, visit);
        CHECK(visits == std::vector<int>(static_cast<std::size_t>(count), 2));
      }
  }

  TEST_CASE("parts are all of the range, once, however many threads there are") {
    for (const int threads : {1, 2, 3, 8})
      for (const std::size_t count : {0U, 1U, 2U, 7U, 1000U}) {
        const base::ThreadsInsideScope scope(threads);
        std::vector<int> visits(count);
        base::for_each_part_inside(count, [&](std::size_t i, std::size_t end) {
          for (; i < end; ++i) ++visits[i];
        });
        CHECK(visits == std::vector<int>(count, 1));
      }
  }

  TEST_CASE("the number belongs to a thread and to a scope") {
    const int before = base::threads_inside();
    {
      const base::ThreadsInsideScope scope(3);
      CHECK(base::threads_inside() == 3);
      std::thread([] { CHECK(base::threads_inside() == 1); }).join();
    }
    CHECK(base::threads_inside() == before);
  }

  TEST_CASE("a program's own number of OpenMP threads is as it was") {
    std::thread([] {
      omp_set_num_threads(5);
      {
        const base::ThreadsInsideScope scope(3);
        CHECK(omp_get_max_threads() == 3);
      }
      CHECK(omp_get_max_threads() == 5);
    }).join();
  }

  TEST_CASE("what work throws reaches the caller, whichever thread it is thrown on") {
    for (const int threads : {1, 2, 3, 8})
      for (const int thrower : {0, 1, 6}) {
        const base::ThreadsInsideScope scope(threads);
        const auto fail_at = [thrower](int i) {
          if (i == thrower) throw std::bad_alloc();
        };
        CHECK_THROWS_AS(base::for_each_inside(7, fail_at), std::bad_alloc);
        CHECK_THROWS_AS(base::for_each_in_turn_inside(7, fail_at), std::bad_alloc);
        const auto fail_everywhere = [](std::size_t, std::size_t) { throw std::bad_alloc(); };
        CHECK_THROWS_AS(base::for_each_part_inside(7, fail_everywhere), std::bad_alloc);
      }
  }
}
