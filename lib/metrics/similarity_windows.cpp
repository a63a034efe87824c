// SPDX-License-Identifier: MIT
#include "metrics/similarity_windows.h"

#include <algorithm>
#include <cmath>

namespace tessera::metrics {
namespace {

// Wang et al. 2004, section III.B and C; white is 1.
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

std::array<double, kWindow> make_window() {
  std::array<double, kWindow> window{};
  double sum = 0.0;
  for (int i = 0; i < kWindow; ++i) {
    const double distance = i - kWindow / 2;
    window[i] = std::exp(-distance * distance / (2.0 * kSigma * kSigma));
    sum += window[i];
  }
  for (double& weight : window) weight /= sum;
  return window;
}

const std::array<double, kWindow>& gaussian_window() {
  static const std::array<double, kWindow> window = make_window();
  return window;
}

}  // namespace

SimilarityWindows::SimilarityWindows(int width) : positions_(width - kWindow + 1) {
  for (auto& row : rows_)
    for (auto& moment : row) moment.resize(positions_);
}

void SimilarityWindows::add_row(int y,
                                std::span<const double> reference,
                                std::span<const double> restored) {
  auto& row = rows_[y % kWindow];
  for (auto& moment : row) std::fill(moment.begin(), moment.end(), 0.0);
  double *x = row[0].data(), *v = row[1].data(), *xx = row[2].data(), *vv = row[3].data(),
         *xv = row[4].data();
  // Taps outside, positions inside: the inner loop runs over neighbours in memory.
  for (int i = 0; i < kWindow; ++i) {
    const double weight = gaussian_window()[i];
    const double *a = reference.data() + i, *b = restored.data() + i;
    for (int left = 0; left < positions_; ++left) {
      x[left] += weight * a[left];
      v[left] += weight * b[left];
      xx[left] += weight * (a[left] * a[left]);
      vv[left] += weight * (b[left] * b[left]);
      xv[left] += weight * (a[left] * b[left]);
    }
  }
}

SimilaritySums SimilarityWindows::sums(int y) const {
  std::array<std::vector<double>, kMoments> mean;
  for (int m = 0; m < kMoments; ++m) {
    mean[m].assign(positions_, 0.0);
    for (int i = 0; i < kWindow; ++i) {
      const double weight = gaussian_window()[i];
      const std::vector<double>& row = rows_[(y + 1 + i) % kWindow][m];
      for (int left = 0; left < positions_; ++left) mean[m][left] += weight * row[left];
    }
  }
  SimilaritySums sums;
  for (int left = 0; left < positions_; ++left) {
    const double x = mean[0][left], v = mean[1][left];
    const double variance_x = mean[2][left] - x * x, variance_v = mean[3][left] - v * v;
    const double covariance = mean[4][left] - x * v;
    // Equation 13, luminance apart.
    const double structure = (2.0 * covariance + kC2) / (variance_x + variance_v + kC2);
    sums.structure += structure;
    sums.index += structure * (2.0 * x * v + kC1) / (x * x + v * v + kC1);
  }
  return sums;
}

}  // namespace tessera::metrics
