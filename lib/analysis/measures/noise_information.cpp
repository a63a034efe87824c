// SPDX-License-Identifier: MIT
#include "analysis/measures/noise_information.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "analysis/equations/regression.h"

namespace tessera::analysis {
namespace {

/// Sums that a ridge regression with intercept needs.
struct Sums {
  explicit Sums(Eigen::Index size)
      : gram(Eigen::MatrixXd::Zero(size, size)), right(Eigen::VectorXd::Zero(size)) {}
  Eigen::MatrixXd gram;
  Eigen::VectorXd right;
  std::int64_t count = 0;
};

bool is_even_tile(int y, int x) { return (y / kRegressionTile + x / kRegressionTile) % 2 == 0; }

int coefficient_count(int channels, int patch) { return channels * patch * patch + 1; }

/// The largest patch for which half of the inner pixels suffice; 0: none.
int patch_for(Shape state) {
  for (const int patch : {5, 3, 1}) {
    const double pixels =
        0.5 * std::max(0, state.height - patch + 1) * std::max(0, state.width - patch + 1);
    if (pixels >=
        static_cast<double>(kPixelsPerCoefficient) * coefficient_count(state.channels, patch))
      return patch;
  }
  return 0;
}

void read_patch(TensorView<const float> state, int y, int x, int patch, Eigen::VectorXd& values) {
  const int radius = patch / 2;
  Eigen::Index k = 0;
  values(k++) = 1.0;
  for (int c = 0; c < state.channels(); ++c)
    for (int dy = -radius; dy <= radius; ++dy)
      for (int dx = -radius; dx <= radius; ++dx) values(k++) = state(c, y + dy, x + dx);
}

/// Calls use(patch values, target) for the inner pixels of even or odd tiles.
template <typename Use>
void for_each_patch(TensorView<const float> state,
                    TensorView<const float> target,
                    int patch,
                    bool even,
                    const Use& use) {
  Eigen::VectorXd values(coefficient_count(state.channels(), patch));
  const int radius = patch / 2;
  for (int y = radius; y < state.height() - radius; ++y)
    for (int x = radius; x < state.width() - radius; ++x) {
      if (is_even_tile(y, x) != even) continue;
      read_patch(state, y, x, patch, values);
      use(values, static_cast<double>(target(0, y, x)));
    }
}

/// Coefficients from the even tiles, with a ridge that is relative to the terms' energy.
Eigen::VectorXd fitted(TensorView<const float> state,
                       TensorView<const float> target,
                       int patch,
                       std::int64_t& samples) {
  Sums sums(coefficient_count(state.channels(), patch));
  for_each_patch(state, target, patch, true, [&](const Eigen::VectorXd& values, double wanted) {
    sums.gram.selfadjointView<Eigen::Lower>().rankUpdate(values);
    sums.right += wanted * values;
    ++sums.count;
  });
  samples = sums.count;
  sums.gram = Eigen::MatrixXd(sums.gram.selfadjointView<Eigen::Lower>());
  constexpr double kRidge = 1e-8;
  sums.gram.diagonal().array() +=
      kRidge * sums.gram.trace() / static_cast<double>(sums.gram.rows());
  return sums.gram.ldlt().solve(sums.right);
}

}  // namespace

InformationBound information_bound(TensorView<const float> state, TensorView<const float> target) {
  TESSERA_ASSERT((target.shape() == Shape{1, state.height(), state.width()}));
  InformationBound bound;
  bound.patch = patch_for(state.shape());
  if (bound.patch == 0) return bound;
  bound.coefficients = coefficient_count(state.channels(), bound.patch);
  const Eigen::VectorXd theta = fitted(state, target, bound.patch, bound.samples);
  double error = 0.0, energy = 0.0, sum = 0.0;
  std::int64_t count = 0;
  for_each_patch(state, target, bound.patch, false,
                 [&](const Eigen::VectorXd& values, double wanted) {
                   const double miss = wanted - theta.dot(values);
                   error += miss * miss, energy += wanted * wanted, sum += wanted, ++count;
                 });
  if (count == 0) return {};
  const double variance = energy - sum * sum / static_cast<double>(count);
  if (variance > 0.0) bound.r2 = std::clamp(1.0 - error / variance, 0.0, 1.0);
  bound.nats = -0.5 * std::log(std::max(1.0 - bound.r2, 1e-12));
  return bound;
}

}  // namespace tessera::analysis
