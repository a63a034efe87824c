// SPDX-License-Identifier: MIT
#include "nn/engine.h"

#include <doctest/doctest.h>

using namespace tessera;

TEST_SUITE("nn/engine") {
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

  TEST_CASE("blocks that are too small or far too large are freed, not kept beside a new one") {
    nn::SpareBlocks spare;
    spare.give(nn::NumberBlock(900));
    spare.give(nn::NumberBlock(5000));
    CHECK(spare.take(1000).size == 1000);
    CHECK(spare.count() == 0);
  }
}
