// SPDX-License-Identifier: MIT
#include "fusion/correction/gram.h"

#include <Eigen/Cholesky>
#include <vector>

#include "base/machine/kernel_clones.h"
#include "fusion/correction/pixel_sample.h"

namespace tessera::fusion {
namespace {

// Pixels that go through the products together, so that a sum is loaded once for all of them.
constexpr int kTogether = 8;

/// sums(i, j) += sum over p of left_p(i) right_p(j) for j from `triangle ? i : 0` on.
/// Shapes  left (kTogether, rows), right (kTogether, columns), sums (rows, columns).
TESSERA_KERNEL_CLONES void add_products(
    const double* left, int rows, const double* right, int columns, bool triangle, double* sums) {
  for (int i = 0; i < rows; ++i) {
    double factor[kTogether];
    for (int p = 0; p < kTogether; ++p) factor[p] = left[p * rows + i];
    double* sum = sums + static_cast<std::ptrdiff_t>(i) * columns;
    for (int j = triangle ? i : 0; j < columns; ++j) {
      double added = 0.0;
      for (int p = 0; p < kTogether; ++p) added += factor[p] * right[p * columns + j];
      sum[j] += added;
    }
  }
}

}  // namespace

ConvolutionEquations::ConvolutionEquations(int in_channels, int outputs, int kernel, int dilation)
    : in_channels_(in_channels), kernel_(kernel), dilation_(dilation) {
  const Eigen::Index d = static_cast<Eigen::Index>(in_channels) * kernel * kernel + 1;
  gram_ = Matrix::Zero(d, d);
  product_ = Matrix::Zero(d, outputs);
  wanted_sum_ = wanted_square_ = Eigen::VectorXd::Zero(outputs);
}

void ConvolutionEquations::add(TensorView<const float> input,
                               TensorView<const float> wanted,
                               int stride) {
  const int d = static_cast<int>(gram_.rows()), o = static_cast<int>(product_.cols());
  const int taps = kernel_ * kernel_, width = input.width(), height = input.height();
  std::vector<double> x(static_cast<std::size_t>(kTogether) * d);
  std::vector<double> z(static_cast<std::size_t>(kTogether) * o);
  int filled = 0;
  const auto flush = [&] {
    add_products(x.data(), d, x.data(), d, true, gram_.data());
    add_products(x.data(), d, z.data(), o, false, product_.data());
    std::fill(x.begin(), x.end(), 0.0);
    std::fill(z.begin(), z.end(), 0.0);
    filled = 0;
  };
  for (const std::size_t place : pixel_sample(input.shape().plane(), stride)) {
    const int pixel = static_cast<int>(place);
    double* row = x.data() + static_cast<std::ptrdiff_t>(filled) * d;
    for (int c = 0; c < in_channels_; ++c)
      for (int t = 0; t < taps; ++t) {
        const int yy = pixel / width + (t / kernel_ - kernel_ / 2) * dilation_;
        const int xx = pixel % width + (t % kernel_ - kernel_ / 2) * dilation_;
        const bool inside = yy >= 0 && yy < height && xx >= 0 && xx < width;
        row[c * taps + t] = inside ? input(c, yy, xx) : 0.0;
      }
    row[d - 1] = 1.0;
    for (int k = 0; k < o; ++k) {
      const double value = wanted.plane(k)[pixel];
      z[static_cast<std::size_t>(filled * o + k)] = value;
      wanted_sum_[k] += value;
      wanted_square_[k] += value * value;
    }
    count_ += 1.0;
    if (++filled == kTogether) flush();
  }
  if (filled > 0) flush();
}

void ConvolutionEquations::add(const ConvolutionEquations& other) {
  count_ += other.count_;
  gram_ += other.gram_;
  product_ += other.product_;
  wanted_sum_ += other.wanted_sum_;
  wanted_square_ += other.wanted_square_;
}

Matrix ConvolutionEquations::solve(const Matrix& prior, double lambda) const {
  const double pull = lambda * gram_.trace() / static_cast<double>(gram_.rows());
  Eigen::MatrixXd normal = gram_.selfadjointView<Eigen::Upper>();
  normal.diagonal().array() += pull;
  const Eigen::MatrixXd right = product_ + pull * prior.transpose();
  return normal.llt().solve(right).transpose();
}

double ConvolutionEquations::residual(const Matrix& weights) const {
  const Eigen::MatrixXd full = gram_.selfadjointView<Eigen::Upper>();
  const double square = (weights * full).cwiseProduct(weights).sum() -
                        2.0 * weights.cwiseProduct(product_.transpose()).sum() +
                        wanted_square_.sum();
  const double spread = wanted_square_.sum() - wanted_sum_.squaredNorm() / std::max(count_, 1.0);
  return std::max(square, 0.0) / std::max(spread, 1e-300);
}

}  // namespace tessera::fusion
