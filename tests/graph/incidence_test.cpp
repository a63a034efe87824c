// SPDX-License-Identifier: MIT
#include "graph/incidence.h"

#include <doctest/doctest.h>

#include "dense.h"
#include "graph/laplacian.h"

using namespace tessera;

namespace {

Shape edges_of(Shape nodes) { return {4 * nodes.channels, nodes.height, nodes.width}; }

Tensor incidence(TensorView<const float> weights, TensorView<const float> x) {
  Tensor z = test::constant_tensor(edges_of(x.shape()), NAN);
  graph::apply_incidence(weights, x, z);
  return z;
}

Tensor transpose(TensorView<const float> weights, TensorView<const float> z) {
  Tensor y = test::constant_tensor({z.channels() / 4, z.height(), z.width()}, NAN);
  graph::apply_incidence_transpose(weights, z, y);
  return y;
}

}  // namespace

TEST_SUITE("graph/incidence") {
  TEST_CASE("C 1 is exactly zero") {
    for (const Shape shape : test::awkward_sizes(2)) {
      const Tensor weights = test::random_weights(shape.height, shape.width, 1);
      CHECK(test::max_abs(incidence(weights, test::constant_tensor(shape, 0.7F))) == 0.0);
    }
  }

  TEST_CASE("C and C' equal the dense matrix and its transpose") {
    for (const Shape shape : test::awkward_sizes(1)) {
      CAPTURE(shape.height);
      CAPTURE(shape.width);
      const Tensor weights = test::random_weights(shape.height, shape.width, 2);
      const Tensor x = test::random_tensor(shape, 3, -1.0F, 1.0F);
      const Tensor z = test::random_tensor(edges_of(shape), 4, -1.0F, 1.0F);
      const Eigen::MatrixXd dense = test::dense_incidence(weights);
      const Tensor cx = incidence(weights, x), ctz = transpose(weights, z);
      const auto flat = [](const Tensor& t) {
        return Eigen::Map<const Eigen::VectorXf>(t.data(),
                                                 static_cast<Eigen::Index>(t.shape().count()))
            .cast<double>()
            .eval();
      };
      CHECK((dense * flat(x) - flat(cx)).cwiseAbs().maxCoeff() < 1e-6);
      CHECK((dense.transpose() * flat(z) - flat(ctz)).cwiseAbs().maxCoeff() < 1e-6);
    }
  }

  TEST_CASE("C' is the adjoint: <C x, z> = <x, C' z>") {
    for (const Shape shape : test::awkward_sizes(3)) {
      const Tensor weights = test::random_weights(shape.height, shape.width, 5);
      const Tensor x = test::random_tensor(shape, 6, -1.0F, 1.0F);
      const Tensor z = test::random_tensor(edges_of(shape), 7, -1.0F, 1.0F);
      const double a = test::dot(incidence(weights, x), z);
      const double b = test::dot(x, transpose(weights, z));
      CHECK(std::abs(a - b) < 1e-6 * static_cast<double>(shape.count()));
    }
  }

  TEST_CASE("C'C is the Laplacian of the squared weights") {
    for (const Shape shape : test::awkward_sizes(2)) {
      const Tensor weights = test::random_weights(shape.height, shape.width, 8);
      const Tensor x = test::random_tensor(shape, 9, -1.0F, 1.0F);
      Tensor squared(weights.shape()), expected(shape);
      graph::square_weights(weights, squared);
      graph::apply_laplacian(squared, x, expected);
      CHECK(test::max_difference(expected, transpose(weights, incidence(weights, x))) < 1e-6);
    }
  }

  TEST_CASE("the total variation is the 1-norm of C x") {
    for (const Shape shape : test::awkward_sizes(2)) {
      const Tensor weights = test::random_weights(shape.height, shape.width, 10);
      const Tensor x = test::random_tensor(shape, 11, -1.0F, 1.0F);
      double expected = 0.0;
      const Tensor cx = incidence(weights, x);
      for (const float value : cx.view().flat()) expected += std::abs(value);
      CHECK(graph::graph_total_variation(weights, x) == doctest::Approx(expected).epsilon(1e-5));
    }
  }

  TEST_CASE("weights of edges that leave the image are not looked at") {
    for (const Shape shape : test::awkward_sizes(2)) {
      const Tensor weights = test::random_weights(shape.height, shape.width, 12);
      const Tensor spoilt = test::with_outward_edges(weights);
      const Tensor x = test::random_tensor(shape, 13), z = test::random_tensor(edges_of(shape), 14);
      CHECK(test::max_difference(incidence(weights, x), incidence(spoilt, x)) == 0.0);
      CHECK(test::max_difference(transpose(weights, z), transpose(spoilt, z)) == 0.0);
      CHECK(graph::graph_total_variation(weights, x) == graph::graph_total_variation(spoilt, x));
    }
  }
}
