// SPDX-License-Identifier: MIT
#include "base/threads/gate.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "base/threads/threads_inside.h"

using namespace tessera;

TEST_SUITE("base/gate") {
  TEST_CASE("who passes sees what was written before it was opened") {
    const base::ThreadsInsideScope inside(4);
    for (int round = 0; round < 200; ++round) {
      base::Gate gate;
      int written = 0, seen[3] = {};
      base::for_each_in_turn_inside(4, [&](int index) {
        if (index == 0) {
          written = 1 + round;
          gate.open();
        } else {
          gate.pass();
          seen[index - 1] = written;
        }
      });
      for (const int value : seen) CHECK(value == 1 + round);
    }
  }

  TEST_CASE("a failure opens it, so that nobody waits for ever") {
    const base::ThreadsInsideScope inside(3);
    base::Gate gate;
    const auto work = [&](int index) {
      if (index > 0) return gate.pass();
      const base::OpenAtEnd opens(gate);
      throw std::runtime_error("out of memory");
    };
    CHECK_THROWS_AS(base::for_each_in_turn_inside(3, work), std::runtime_error);
  }
}
