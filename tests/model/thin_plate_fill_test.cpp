// SPDX-License-Identifier: MIT
#include "model/blocks/thin_plate_fill.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/threads/threads_inside.h"
#include "support/compare.h"

namespace {

using namespace tessera;

/// x[y][x] of a plane a + b x + c y: no bending away from the image's edge.
Tensor slope(Shape shape) {
  Tensor x(shape);
  for (int c = 0; c < shape.channels; ++c)
    for (int row = 0; row < shape.height; ++row)
      for (int column = 0; column < shape.width; ++column)
        x(c, row, column) = 0.2F + 0.01F * static_cast<float>(column + 2 * row + c);
  return x;
}

/// Bending energy |L x|^2 by the definition, in double.
double bending(const Tensor& x) {
  double energy = 0.0;
  for (int row = 0; row < x.shape().height; ++row)
    for (int column = 0; column < x.shape().width; ++column) {
      double sum = 0.0;
      for (const auto& [dy, dx] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
        const int r = row + dy, c = column + dx;
        if (r < 0 || c < 0 || r >= x.shape().height || c >= x.shape().width) continue;
        sum += static_cast<double>(x(0, r, c)) - x(0, row, column);
      }
      energy += sum * sum;
    }
  return energy;
}

void fill(const Tensor& mask, int steps, Tensor& x) {
  Workspace scratch;
  model::thin_plate_fill(x.clone(), mask, steps, x, scratch);
}

}  // namespace

TEST_SUITE("model/thin_plate_fill") {
  TEST_CASE("measured samples and constants stay, exactly") {
    for (const Shape shape : {Shape{1, 1, 1}, Shape{3, 1, 7}, Shape{2, 9, 1}, Shape{3, 8, 11}}) {
      const Tensor mask = [&] {
        Tensor m = test::random_tensor(shape, 4);
        for (std::size_t i = 0; i < shape.count(); ++i)
          m.data()[i] = m.data()[i] < 0.4F ? 1.0F : 0.0F;
        return m;
      }();
      const Tensor start = test::random_tensor(shape, 5);
      Tensor x(shape);
      std::copy_n(start.data(), shape.count(), x.data());
      fill(mask, 9, x);
      for (std::size_t i = 0; i < shape.count(); ++i)
        if (mask.data()[i] != 0.0F) CHECK(x.data()[i] == start.data()[i]);
      Tensor constant = test::constant_tensor(shape, 0.7F);
      fill(mask, 9, constant);
      CHECK(test::max_difference(constant, test::constant_tensor(shape, 0.7F)) == 0.0);
    }
  }

  TEST_CASE("a hole in a slope closes to the slope") {
    const Shape shape{2, 24, 24};
    const Tensor truth = slope(shape);
    Tensor mask = test::constant_tensor({1, 24, 24}, 1.0F), x = slope(shape);
    for (int row = 10; row < 13; ++row)
      for (int column = 9; column < 13; ++column) {
        mask(0, row, column) = 0.0F;
        for (int c = 0; c < 2; ++c) x(c, row, column) = 0.0F;
      }
    fill(mask, 60, x);
    CHECK(test::max_difference(x, truth) < 1e-4);
  }

  TEST_CASE("threads inside leave no trace, difference 0") {
    for (const Shape shape : {Shape{1, 1, 9}, Shape{2, 7, 3}, Shape{3, 90, 20}}) {
      const Tensor start = test::random_tensor(shape, 8);
      Tensor mask = test::random_tensor({1, shape.height, shape.width}, 9), x(shape);
      for (float& value : mask.view().flat()) value = value < 0.2F ? 1.0F : 0.0F;
      Workspace scratch;
      model::thin_plate_fill(start, mask, 6, x, scratch);
      for (const int threads : {2, 3}) {
        const base::ThreadsInsideScope scope(threads);
        Tensor shared(shape);
        model::thin_plate_fill(start, mask, 6, shared, scratch);
        CHECK(test::max_difference(x, shared) == 0.0);
      }
    }
  }

  TEST_CASE("steps end at less bending than they start from, in each plane") {
    const Shape shape{1, 31, 26};
    Tensor mask = test::random_tensor(shape, 6), x = test::random_tensor(shape, 7);
    for (std::size_t i = 0; i < shape.count(); ++i)
      mask.data()[i] = mask.data()[i] < 0.2F ? 1.0F : 0.0F;
    double before = bending(x);
    for (const int steps : {4, 8, 16}) {
      fill(mask, steps, x);
      const double after = bending(x);
      CHECK(after < before);
      before = after;
    }
  }
}
