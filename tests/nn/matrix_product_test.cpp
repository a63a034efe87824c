// SPDX-License-Identifier: MIT
#include "nn/matrix_product.h"

#include <doctest/doctest.h>

#include <string>

#include "base/threads/thread_pool.h"
#include "support/compare.h"

using namespace tessera;

namespace {

/// x W' + b in double, and a ReLU.
Tensor linear(const nn::LinearSpec& spec, const Tensor& x, const Tensor& weights, const Tensor& b) {
  Tensor y(1, spec.rows, spec.out);
  for (int r = 0; r < spec.rows; ++r)
    for (int o = 0; o < spec.out; ++o) {
      double sum = b(0, 0, o);
      for (int i = 0; i < spec.in; ++i) sum += static_cast<double>(x(0, r, i)) * weights(0, o, i);
      if (spec.activation == nn::Activation::Relu) sum = std::max(sum, 0.0);
      y(0, r, o) = static_cast<float>(sum);
    }
  return y;
}

const std::vector<nn::LinearSpec> kLinear{
    {64, 64, 192}, {64, 128, 64}, {64, 64, 128, nn::Activation::Relu},
    {16, 12, 36},  {4, 6, 5},     {1, 1, 1},
};

Tensor random_rows(int rows, int columns, std::uint64_t seed) {
  return test::random_tensor({1, rows, columns}, seed, -1.0F, 1.0F);
}

}  // namespace

TEST_SUITE("nn/matrix_product") {
  TEST_CASE("a linear map is the sum of products and the bias") {
    for (const nn::LinearSpec& spec : kLinear) {
      const Tensor x = random_rows(spec.rows, spec.in, 1), b = random_rows(1, spec.out, 3);
      const Tensor weights = random_rows(spec.out, spec.in, 2);
      const nn::Linear map(spec, weights.view().flat(), b.view().flat());
      Tensor y(1, spec.rows, spec.out);
      map.forward(x.view().flat(), y.view().flat());
      CHECK(test::relative_error(linear(spec, x, weights, b), y) < 1e-6);
      CHECK(map.implementation().find("ref") == std::string::npos);
    }
  }

  TEST_CASE("each matrix of a batch is multiplied with its own") {
    for (const nn::ProductSpec& spec :
         {nn::ProductSpec{4, 64, 16, 64, true}, nn::ProductSpec{4, 64, 64, 16},
          nn::ProductSpec{3, 16, 4, 16, true}, nn::ProductSpec{3, 16, 16, 4},
          nn::ProductSpec{1, 4, 1, 4, true}, nn::ProductSpec{2, 5, 3, 7}}) {
      const Tensor a = test::random_tensor({spec.batch, spec.rows, spec.inner}, 1, -1.0F, 1.0F);
      const Shape right = spec.transposed ? Shape{spec.batch, spec.columns, spec.inner}
                                          : Shape{spec.batch, spec.inner, spec.columns};
      const Tensor b = test::random_tensor(right, 2, -1.0F, 1.0F);
      Tensor expected(spec.batch, spec.rows, spec.columns), found(expected.shape());
      for (int k = 0; k < spec.batch; ++k)
        for (int r = 0; r < spec.rows; ++r)
          for (int c = 0; c < spec.columns; ++c) {
            double sum = 0.0;
            for (int i = 0; i < spec.inner; ++i)
              sum += static_cast<double>(a(k, r, i)) * (spec.transposed ? b(k, c, i) : b(k, i, c));
            expected(k, r, c) = static_cast<float>(sum);
          }
      const nn::BatchedProduct product(spec);
      product.forward(a.view().flat(), b.view().flat(), found.view().flat());
      CHECK(test::relative_error(expected, found) < 1e-6);
      CHECK(product.implementation().find("ref") == std::string::npos);
    }
  }

  TEST_CASE("many threads share a linear map and get the same bits") {
    const nn::LinearSpec spec{64, 64, 96};
    const Tensor x = random_rows(spec.rows, spec.in, 1), b = random_rows(1, spec.out, 3);
    const Tensor weights = random_rows(spec.out, spec.in, 2);
    const nn::Linear map(spec, weights.view().flat(), b.view().flat());
    Tensor expected(1, spec.rows, spec.out);
    map.forward(x.view().flat(), expected.view().flat());
    std::vector<double> differences(40, -1.0);
    base::ThreadPool pool(4);
    pool.for_each(40, [&](int index, int) {
      Tensor y(expected.shape());
      map.forward(x.view().flat(), y.view().flat());
      differences[index] = test::max_difference(expected, y);
    });
    for (const double difference : differences) CHECK(difference == 0.0);
  }
}
