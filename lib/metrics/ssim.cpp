// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <vector>

#include "metrics/picture_pair.h"
#include "tessera/metrics.h"

namespace tessera {
namespace {

// Wang, Bovik, Sheikh & Simoncelli, IEEE TIP 13(4), 2004, section III.B and C; white is 1.
constexpr int kWindow = 11;
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

/// What the index needs of a window: means of x, y, x*x, y*y and x*y.
constexpr int kMoments = 5;

std::array<double, kWindow> gaussian_window() {
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

/// Equation 13 from the weighted means of one window.
double index_of(const std::array<double, kMoments>& mean) {
  const auto [x, y, xx, yy, xy] = mean;
  const double variance_x = xx - x * x, variance_y = yy - y * y, covariance = xy - x * y;
  return (2.0 * x * y + kC1) * (2.0 * covariance + kC2) /
         ((x * x + y * y + kC1) * (variance_x + variance_y + kC2));
}

/// Moments of the last kWindow rows, each already weighted along x.
class MomentRows {
 public:
  explicit MomentRows(int width)
      : reference_(width), restored_(width), positions_(width - kWindow + 1) {
    for (auto& row : rows_) row.resize(static_cast<std::size_t>(kMoments) * positions_);
  }

  void read(const metrics::PicturePair& pair, int y, int c) {
    pair.read_row(y, c, reference_, restored_);
    std::vector<double>& row = rows_[y % kWindow];
    for (int left = 0; left < positions_; ++left) {
      std::array<double, kMoments> mean{};
      for (int i = 0; i < kWindow; ++i) {
        const double x = reference_[left + i], y_value = restored_[left + i];
        mean[0] += window_[i] * x;
        mean[1] += window_[i] * y_value;
        mean[2] += window_[i] * x * x;
        mean[3] += window_[i] * y_value * y_value;
        mean[4] += window_[i] * x * y_value;
      }
      for (int m = 0; m < kMoments; ++m) row[m * positions_ + left] = mean[m];
    }
  }

  /// Sum of the index over all windows whose lowest row is y.
  double sum_of_indices(int y) const {
    double sum = 0.0;
    for (int left = 0; left < positions_; ++left) {
      std::array<double, kMoments> mean{};
      for (int i = 0; i < kWindow; ++i) {
        const std::vector<double>& row = rows_[(y + 1 + i) % kWindow];
        for (int m = 0; m < kMoments; ++m) mean[m] += window_[i] * row[m * positions_ + left];
      }
      sum += index_of(mean);
    }
    return sum;
  }

 private:
  const std::array<double, kWindow> window_ = gaussian_window();
  std::vector<double> reference_, restored_;
  int positions_;  ///< windows along a row
  std::array<std::vector<double>, kWindow> rows_;
};

}  // namespace

double ssim(const Image& reference, const Image& restored, int border) {
  const metrics::PicturePair pair(reference, restored, border, kWindow);
  double sum = 0.0;
  for (int c = 0; c < pair.channels(); ++c) {
    MomentRows rows(pair.width());
    for (int y = 0; y < pair.height(); ++y) {
      rows.read(pair, y, c);
      if (y >= kWindow - 1) sum += rows.sum_of_indices(y);
    }
  }
  const double windows = static_cast<double>(pair.channels()) * (pair.height() - kWindow + 1) *
                         (pair.width() - kWindow + 1);
  return sum / windows;
}

}  // namespace tessera
