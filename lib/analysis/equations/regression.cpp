// SPDX-License-Identifier: MIT
#include "analysis/equations/regression.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"

namespace tessera::analysis {
namespace {

/// The products that least squares needs: of the terms, the last row and column of d.
using Gram = Eigen::MatrixXd;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr int kBootstraps = 200;
constexpr double kRidge = 1e-12;  ///< relative; only so that a singular system has some answer

/// The Gram matrices of all tiles, row by row.
std::vector<Gram> tile_grams(TensorView<const float> d,
                             const std::vector<TensorView<const float>>& terms) {
  const Eigen::Index size = static_cast<Eigen::Index>(terms.size()) + 1;
  const int across = (d.width() + kRegressionTile - 1) / kRegressionTile;
  const int down = (d.height() + kRegressionTile - 1) / kRegressionTile;
  std::vector<Gram> grams(static_cast<std::size_t>(across) * down, Gram::Zero(size, size));
  Eigen::VectorXd sample(size);
  for (int c = 0; c < d.channels(); ++c)
    for (int y = 0; y < d.height(); ++y)
      for (int x = 0; x < d.width(); ++x) {
        for (std::size_t k = 0; k < terms.size(); ++k)
          sample(static_cast<Eigen::Index>(k)) = terms[k](c, y, x);
        sample(size - 1) = d(c, y, x);
        grams[static_cast<std::size_t>(y / kRegressionTile) * across + x / kRegressionTile] +=
            sample * sample.transpose();
      }
  return grams;
}

/// Least squares of column `target` on the columns `on`.
struct Solution {
  Eigen::VectorXd theta;
  double r2 = 0.0;
};
Solution solve(const Gram& gram, const std::vector<Eigen::Index>& on, Eigen::Index target) {
  const double energy = gram(target, target);
  Solution solution{Eigen::VectorXd::Zero(static_cast<Eigen::Index>(on.size())), 0.0};
  if (on.empty() || !(energy > 0.0)) return solution;
  Eigen::MatrixXd system = gram(on, on);
  const Eigen::VectorXd right = gram(on, std::vector<Eigen::Index>{target});
  // Columns are scaled to norm 1, so that units do not matter.
  const Eigen::VectorXd scale = system.diagonal().cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
  system = (scale.asDiagonal() * system * scale.asDiagonal()).eval();
  system.diagonal().array() += kRidge;
  solution.theta = scale.asDiagonal() * system.ldlt().solve(scale.asDiagonal() * right);
  const double explained =
      2.0 * solution.theta.dot(right) - solution.theta.dot(gram(on, on) * solution.theta);
  solution.r2 = std::clamp(explained / energy, 0.0, 1.0);
  return solution;
}

std::vector<Eigen::Index> first_indices(Eigen::Index count, Eigen::Index without = -1) {
  std::vector<Eigen::Index> indices;
  for (Eigen::Index k = 0; k < count; ++k)
    if (k != without) indices.push_back(k);
  return indices;
}

double condition_of(const Gram& gram, Eigen::Index terms) {
  const Eigen::MatrixXd system = gram.topLeftCorner(terms, terms);
  if (!(system.diagonal().minCoeff() > 0.0)) return INFINITY;
  const Eigen::VectorXd scale = system.diagonal().cwiseSqrt().cwiseInverse();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(
      scale.asDiagonal() * system * scale.asDiagonal(), Eigen::EigenvaluesOnly);
  const double least = eigen.eigenvalues().minCoeff();
  return least > 0.0 ? std::sqrt(eigen.eigenvalues().maxCoeff() / least) : INFINITY;
}

/// Standard errors: the fit on tiles drawn with replacement, again and again.
std::vector<double> bootstrap_errors(const std::vector<Gram>& tiles,
                                     Eigen::Index terms,
                                     std::uint64_t seed) {
  if (tiles.size() < 2) return std::vector<double>(static_cast<std::size_t>(terms), kUnknown);
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(terms), squares = sum;
  std::uint64_t index = 0;
  for (int round = 0; round < kBootstraps; ++round) {
    Gram gram = Gram::Zero(terms + 1, terms + 1);
    for (std::size_t i = 0; i < tiles.size(); ++i)
      gram += tiles[static_cast<std::size_t>(base::random_uniform(seed, index++) *
                                             static_cast<double>(tiles.size()))];
    const Eigen::VectorXd theta = solve(gram, first_indices(terms), terms).theta;
    sum += theta;
    squares += theta.cwiseAbs2();
  }
  const Eigen::VectorXd variance = squares / kBootstraps - (sum / kBootstraps).cwiseAbs2();
  std::vector<double> errors;
  for (Eigen::Index k = 0; k < terms; ++k) errors.push_back(std::sqrt(std::max(0.0, variance(k))));
  return errors;
}

double held_out_residual(const std::vector<Gram>& tiles, Eigen::Index terms) {
  Gram even = Gram::Zero(terms + 1, terms + 1), odd = even;
  for (std::size_t i = 0; i < tiles.size(); ++i) (i % 2 == 0 ? even : odd) += tiles[i];
  if (!(odd(terms, terms) > 0.0)) return kUnknown;
  const Eigen::VectorXd theta = solve(even, first_indices(terms), terms).theta;
  Eigen::VectorXd with_d(terms + 1);
  with_d << -theta, 1.0;
  return std::sqrt(std::max(0.0, with_d.dot(odd * with_d)) / odd(terms, terms));
}

}  // namespace

Regression regress(TensorView<const float> d,
                   const std::vector<TensorView<const float>>& terms,
                   std::uint64_t seed) {
  const std::vector<Gram> tiles = tile_grams(d, terms);
  const Eigen::Index count = static_cast<Eigen::Index>(terms.size());
  Gram gram = Gram::Zero(count + 1, count + 1);
  for (const Gram& tile : tiles) gram += tile;

  Regression result;
  result.samples = static_cast<std::int64_t>(d.shape().count());
  result.condition = condition_of(gram, count);
  // Float inputs carry seven digits; a condition beyond their square root is no information.
  result.singular = !(result.condition < 1e6) || !(gram(count, count) > 0.0);
  const Solution all = solve(gram, first_indices(count), count);
  result.coefficients.assign(all.theta.data(), all.theta.data() + count);
  result.r2 = all.r2;
  const double spare = static_cast<double>(result.samples - count);
  if (spare > 0.0)
    result.adjusted_r2 = 1.0 - (1.0 - all.r2) * static_cast<double>(result.samples) / spare;
  for (Eigen::Index k = 0; k < count; ++k) {
    result.unique_r2.push_back(all.r2 - solve(gram, first_indices(count, k), count).r2);
    const double explained = solve(gram, first_indices(count, k), k).r2;
    result.inflation.push_back(explained < 1.0 ? 1.0 / (1.0 - explained) : INFINITY);
  }
  result.errors = bootstrap_errors(tiles, count, seed);
  result.held_out_residual = held_out_residual(tiles, count);
  return result;
}

void centre(TensorView<float> planes) {
  for (int c = 0; c < planes.channels(); ++c) {
    double sum = 0.0;
    float* plane = planes.plane(c);
    for (std::size_t i = 0; i < planes.shape().plane(); ++i) sum += plane[i];
    const float mean = static_cast<float>(sum / static_cast<double>(planes.shape().plane()));
    for (std::size_t i = 0; i < planes.shape().plane(); ++i) plane[i] -= mean;
  }
}

}  // namespace tessera::analysis
