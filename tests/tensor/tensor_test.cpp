// SPDX-License-Identifier: MIT
#include "tensor/tensor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "support/compare.h"

namespace tessera {
namespace {

bool is_aligned(const float* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % 64 == 0;
}

}  // namespace

TEST_SUITE("tensor/tensor") {
  TEST_CASE("a new tensor is aligned and zero, whatever its size") {
    for (const Shape shape : {Shape{1, 1, 1}, Shape{3, 1, 7}, Shape{2, 9, 1}, Shape{5, 13, 17}}) {
      const Tensor tensor(shape);
      CHECK(tensor.shape() == shape);
      CHECK(is_aligned(tensor.data()));
      CHECK(test::max_abs(tensor) == 0.0);
    }
  }
  TEST_CASE("an empty tensor has an empty view") {
    CHECK(Tensor().view().empty());
    CHECK(Tensor(0, 5, 5).view().empty());
    CHECK(Tensor(2, 0, 5).clone().view().empty());
  }
  TEST_CASE("a clone is deep, a move keeps the pixels where they are") {
    Tensor first = test::random_tensor({2, 3, 5}, 1);
    Tensor copy = first.clone();
    CHECK(test::max_difference(first, copy) == 0.0);
    const float* address = first.data();
    Tensor moved = std::move(first);
    CHECK(moved.data() == address);
    moved(1, 2, 4) = 9.0F;
    CHECK(copy(1, 2, 4) != 9.0F);
  }
  TEST_CASE("views index planes, rows and pixels with x fastest") {
    Tensor tensor(2, 3, 4);
    for (std::size_t i = 0; i < tensor.shape().count(); ++i)
      tensor.data()[i] = static_cast<float>(i);
    CHECK(tensor(1, 2, 3) == 23.0F);
    CHECK(tensor.view().row(1, 1)[2] == 18.0F);
    CHECK(tensor.view().channels(1, 1)(0, 0, 0) == 12.0F);
    CHECK(tensor.view().flat().size() == 24);
  }
  TEST_CASE("a region pasted back where it was cut changes nothing") {
    const Tensor source = test::random_tensor({3, 7, 9}, 2);
    for (const Region region : {Region{0, 0, 7, 9}, Region{6, 8, 1, 1}, Region{2, 0, 1, 9},
                                Region{0, 3, 7, 1}, Region{1, 2, 4, 5}, Region{3, 3, 0, 0}}) {
      Tensor part(3, region.height, region.width);
      copy_region(source, region, part);
      if (region.height > 0) CHECK(part(2, 0, 0) == source(2, region.top, region.left));
      Tensor target = source.clone();
      paste_region(part, target, region.top, region.left);
      CHECK(test::max_difference(source, target) == 0.0);
    }
  }
  TEST_CASE("pasting touches only its rectangle") {
    Tensor target(1, 5, 6);
    paste_region(test::constant_tensor({1, 2, 3}, 1.0F), target, 3, 3);
    double sum = 0.0;
    for (const float value : target.view().flat()) sum += value;
    CHECK(sum == 6.0);
    CHECK(target(0, 3, 3) == 1.0F);
    CHECK(target(0, 4, 5) == 1.0F);
  }
  TEST_CASE("pixel unshuffle orders channels c*4 + 2*row + col, and shuffle inverts it") {
    const Tensor source = test::random_tensor({3, 6, 10}, 3);
    Tensor packed(12, 3, 5);
    pixel_unshuffle2(source, packed);
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 10; ++x)
          REQUIRE(packed(c * 4 + 2 * (y % 2) + x % 2, y / 2, x / 2) == source(c, y, x));
    Tensor back(3, 6, 10);
    pixel_shuffle2(packed, back);
    CHECK(test::max_difference(source, back) == 0.0);
  }
}

}  // namespace tessera
