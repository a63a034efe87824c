// SPDX-License-Identifier: MIT
#include "nn/engine.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

using namespace tessera;

TEST_SUITE("nn/engine") {
  TEST_CASE("lasting numbers are zeros, aligned, each set apart from the others") {
    // Sizes off the grid of cache lines, and one beyond a block.
    std::vector<std::pair<nn::LastingNumbers, std::size_t>> taken;
    for (const std::size_t count : {1U, 17U, 600'000U, 600'000U, 3U, 1'500'000U, 5U}) {
      taken.emplace_back(nn::lasting_zeros(count), count);
      float* const numbers = taken.back().first.get();
      CHECK(reinterpret_cast<std::uintptr_t>(numbers) % 64 == 0);
      CHECK(std::all_of(numbers, numbers + count, [](float value) { return value == 0.0F; }));
      std::fill_n(numbers, count, static_cast<float>(taken.size()));
    }
    // The first ones stay when others of their block are gone.
    taken.erase(taken.begin() + 1);
    float expected = 1.0F;
    for (const auto& [numbers, count] : taken) {
      CHECK(std::all_of(numbers.get(), numbers.get() + count,
                        [&](float value) { return value == expected; }));
      expected += expected == 1.0F ? 2.0F : 1.0F;
    }
  }
  TEST_CASE("what a buffer gives back serves the next one of about that size") {
    nn::SpareBlocks spare;
    nn::NumberBlock block = spare.take(1000);
    const void* const memory = block.data.get();
    spare.give(std::move(block));
    nn::NumberBlock again = spare.take(700);
    CHECK(again.data.get() == memory);
    CHECK(again.size == 1000);
  }

  TEST_CASE("of several that fit, the smallest is taken") {
    nn::SpareBlocks spare;
    for (const std::size_t size : {1500, 1100, 1900}) spare.give(nn::NumberBlock(size));
    CHECK(spare.take(1000).size == 1100);
    CHECK(spare.take(1000).size == 1500);
  }

  TEST_CASE(
      "with what is kept, a quarter more is held than was ever lent, and the oldest goes first") {
    nn::SpareBlocks spare;
    nn::NumberBlock large = spare.take(5000), small = spare.take(900);
    spare.give(std::move(large));
    spare.give(std::move(small));
    const nn::NumberBlock tiny = spare.take(100);
    CHECK(tiny.size == 100);
    CHECK(spare.count() == 2);
    // 5000 would be more than twice what is asked for, and 900 is too small.
    CHECK(spare.take(2000).size == 2000);
    CHECK(spare.count() == 1);
    CHECK(spare.take(800).size == 900);
  }

  TEST_CASE("a second run of the same work gets the memory that the first one touched") {
    // Maps of a network of three scales, in MB: those of the coarser ones come and go inside.
    nn::SpareBlocks spare;
    for (int run = 0; run < 3; ++run) {
      std::vector<nn::NumberBlock> lent;
      const auto take = [&](std::size_t megabytes) {
        lent.push_back(spare.take(megabytes * 1'000'000));
        auto* const first_byte = static_cast<char*>(lent.back().data.get());
        if (run > 0) CHECK(*first_byte == 1);  // memory from the system holds zeros
        *first_byte = 1;
      };
      const auto give_last = [&] {
        spare.give(std::move(lent.back()));
        lent.pop_back();
      };
      for (const std::size_t megabytes : {19, 58, 58, 29, 29, 8, 8}) take(megabytes);
      for (int k = 0; k < 4; ++k) give_last();
      take(10);
      while (!lent.empty()) give_last();
    }
  }
}
