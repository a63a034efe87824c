// SPDX-License-Identifier: MIT
#include "graph/laplacian.h"

#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>

#include "dense.h"

using namespace tessera;

namespace {

Tensor laplacian(TensorView<const float> weights, TensorView<const float> x) {
  Tensor y = test::constant_tensor(x.shape(), NAN);
  graph::apply_laplacian(weights, x, y);
  return y;
}

}  // namespace

TEST_SUITE("graph/laplacian") {
  TEST_CASE("a constant image is mapped to exactly zero") {
    for (const Shape shape : test::awkward_sizes(2)) {
      const Tensor weights = test::random_weights(shape.height, shape.width, 1);
      CHECK(test::max_abs(laplacian(weights, test::constant_tensor(shape, 0.7F))) == 0.0);
    }
  }

  TEST_CASE("it equals diag(W 1) - W written out as a dense matrix") {
    for (const Shape shape : test::awkward_sizes(2)) {
      CAPTURE(shape.height);
      CAPTURE(shape.width);
      const Tensor weights = test::random_weights(shape.height, shape.width, 2);
      const Tensor x = test::random_tensor(shape, 3, -1.0F, 1.0F);
      const Tensor y = laplacian(weights, x);
      const Eigen::MatrixXd dense = test::dense_laplacian(weights);
      for (int c = 0; c < shape.channels; ++c)
        CHECK((dense * test::dense_vector(x, c) - test::dense_vector(y, c)).cwiseAbs().maxCoeff() <
              1e-6);
    }
  }

  TEST_CASE("it is symmetric: <L x, y> = <x, L y>") {
    for (const Shape shape : test::awkward_sizes(3)) {
      const Tensor weights = test::random_weights(shape.height, shape.width, 4);
      const Tensor x = test::random_tensor(shape, 5, -1.0F, 1.0F);
      const Tensor y = test::random_tensor(shape, 6, -1.0F, 1.0F);
      const double a = test::dot(laplacian(weights, x), y);
      const double b = test::dot(x, laplacian(weights, y));
      CHECK(std::abs(a - b) < 1e-6 * static_cast<double>(shape.count()));
    }
  }

  TEST_CASE("the energy is x'Lx and never negative") {
    for (const Shape shape : test::awkward_sizes(2)) {
      const Tensor weights = test::random_weights(shape.height, shape.width, 7);
      const Tensor x = test::random_tensor(shape, 8, -1.0F, 1.0F);
      const double energy = graph::laplacian_energy(weights, x);
      CHECK(energy >= 0.0);
      CHECK(energy == doctest::Approx(test::dot(x, laplacian(weights, x))).epsilon(1e-5));
    }
  }

  TEST_CASE("no eigenvalue is negative, and only constants have eigenvalue zero") {
    const Eigen::MatrixXd dense = test::dense_laplacian(test::random_weights(6, 7, 9));
    const Eigen::VectorXd values =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(dense).eigenvalues();
    CHECK(values(0) > -1e-12);
    CHECK(values(1) > 1e-6);
  }

  TEST_CASE("weights of edges that leave the image are not looked at") {
    for (const Shape shape : test::awkward_sizes(1)) {
      const Tensor weights = test::random_weights(shape.height, shape.width, 10);
      const Tensor spoilt = test::with_outward_edges(weights);
      const Tensor x = test::random_tensor(shape, 11);
      CHECK(test::max_difference(laplacian(weights, x), laplacian(spoilt, x)) == 0.0);
      CHECK(graph::laplacian_energy(weights, x) == graph::laplacian_energy(spoilt, x));
    }
  }
}
