// SPDX-License-Identifier: MIT
#include "fusion/correction/activation_moments.h"

#include <algorithm>
#include <cmath>

#include "fusion/correction/pixel_sample.h"

namespace tessera::fusion {
namespace {

// Pixels of one picture that enter; more change nothing that matters and cost as much as a layer.
constexpr std::size_t kPixelsPerPicture = 1024;
// Below this fraction of the median deviation a channel is constant.
constexpr double kDeadShare = 1e-6;

Matrix sampled(TensorView<const float> planes, int stride) {
  const std::vector<std::size_t> pixels = pixel_sample(planes.shape().plane(), stride);
  Matrix rows(planes.channels(), std::ssize(pixels));
  for (int c = 0; c < planes.channels(); ++c)
    for (std::size_t p = 0; p < pixels.size(); ++p)
      rows(c, static_cast<Eigen::Index>(p)) = planes.plane(c)[pixels[p]];
  return rows;
}

Eigen::VectorXd deviation(const Eigen::VectorXd& sum, const Eigen::VectorXd& square, double count) {
  return (square / count - (sum / count).cwiseAbs2()).cwiseMax(0.0).cwiseSqrt();
}

double median(Eigen::VectorXd values) {
  std::nth_element(values.data(), values.data() + values.size() / 2, values.data() + values.size());
  return values[values.size() / 2];
}

/// Values before activations: what is matched and corrected.
bool is_measured(OperatorKind kind) {
  return kind == OperatorKind::Conv || kind == OperatorKind::Linear ||
         kind == OperatorKind::Transposed || kind == OperatorKind::Depthwise ||
         kind == OperatorKind::Add || kind == OperatorKind::Subtract ||
         kind == OperatorKind::BatchNorm || kind == OperatorKind::FeatureGraph;
}

/// Adds the channel correlations of one value to the spaces of its channels.
void add_to_spaces(const Matrix& rho,
                   const Layout& layout,
                   const SpaceTable& table,
                   Correlations& sums,
                   std::vector<int>& counts) {
  Eigen::Index row = 0, column = 0;
  for (const LayoutPart& part : layout) {
    const auto s = static_cast<std::size_t>(part.space);
    const ChannelSpace& space = table.spaces[s];
    if (sums[s].size() == 0) sums[s] = Matrix::Zero(space.widths[0], space.widths[1]);
    for (int i = 0; i < space.widths[0]; ++i)
      for (int j = 0; j < space.widths[1]; ++j)
        for (int r = 0; r < part.repeat; ++r)
          sums[s](i, j) += rho(row + static_cast<Eigen::Index>(i) * part.repeat + r,
                               column + static_cast<Eigen::Index>(j) * part.repeat + r) /
                           part.repeat;
    ++counts[s];
    row += static_cast<Eigen::Index>(space.widths[0]) * part.repeat;
    column += static_cast<Eigen::Index>(space.widths[1]) * part.repeat;
  }
}

}  // namespace

CrossMoments::CrossMoments(Eigen::Index n, Eigen::Index m)
    : sum_a_(Eigen::VectorXd::Zero(n)),
      sum_b_(Eigen::VectorXd::Zero(m)),
      square_a_(Eigen::VectorXd::Zero(n)),
      square_b_(Eigen::VectorXd::Zero(m)),
      product_(Matrix::Zero(n, m)) {}

void CrossMoments::add(TensorView<const float> a, TensorView<const float> b, int stride) {
  const Matrix x = sampled(a, stride), y = sampled(b, stride);
  count_ += static_cast<double>(x.cols());
  sum_a_ += x.rowwise().sum();
  sum_b_ += y.rowwise().sum();
  square_a_ += x.rowwise().squaredNorm();
  square_b_ += y.rowwise().squaredNorm();
  product_.noalias() += x * y.transpose();
}

void CrossMoments::add(const CrossMoments& other) {
  count_ += other.count_;
  sum_a_ += other.sum_a_;
  sum_b_ += other.sum_b_;
  square_a_ += other.square_a_;
  square_b_ += other.square_b_;
  product_ += other.product_;
}

Matrix CrossMoments::correlation() const {
  const Eigen::VectorXd a = deviation(sum_a_, square_a_, count_);
  const Eigen::VectorXd b = deviation(sum_b_, square_b_, count_);
  const double dead_a = kDeadShare * median(a), dead_b = kDeadShare * median(b);
  Matrix rho = Matrix::Zero(product_.rows(), product_.cols());
  for (Eigen::Index i = 0; i < rho.rows(); ++i)
    for (Eigen::Index j = 0; j < rho.cols(); ++j)
      if (a[i] > dead_a && b[j] > dead_b)
        rho(i, j) = std::clamp(
            (product_(i, j) / count_ - sum_a_[i] / count_ * sum_b_[j] / count_) / (a[i] * b[j]),
            -1.0, 1.0);
  return rho;
}

Correlations activation_correlations(const RunnableNetwork& model,
                                     const RunnableNetwork& anchor,
                                     const SpaceTable& table,
                                     const std::vector<CalibrationSample>& model_pictures,
                                     const std::vector<CalibrationSample>& pictures,
                                     base::ThreadPool& pool) {
  OperatorRun run_a(model.graph, model.tensors, model.metadata, model_pictures);
  OperatorRun run_b(anchor.graph, anchor.tensors, anchor.metadata, pictures);
  Correlations sums(table.spaces.size());
  std::vector<int> counts(table.spaces.size(), 0);
  for (int i = 0; i < std::ssize(model.graph.operators); ++i) {
    const auto index = static_cast<std::size_t>(i);
    run_a.step(i, pool);
    run_b.step(i, pool);
    if (is_measured(model.graph.operators[index].kind)) {
      std::vector<CrossMoments> parts(pictures.size());
      pool.for_each(static_cast<int>(pictures.size()), [&](int p, int) {
        const Tensor& a = run_a.value(i, static_cast<std::size_t>(p));
        const Tensor& b = run_b.value(i, static_cast<std::size_t>(p));
        CrossMoments part(a.channels(), b.channels());
        part.add(a, b,
                 static_cast<int>(std::max<std::size_t>(1, a.shape().plane() / kPixelsPerPicture)));
        parts[static_cast<std::size_t>(p)] = std::move(part);
      });
      // One order of summation, whoever computed the parts.
      CrossMoments total = parts.front();
      for (std::size_t p = 1; p < parts.size(); ++p) total.add(parts[p]);
      add_to_spaces(total.correlation(), table.values[index], table, sums, counts);
    }
    run_a.release_after(i);
    run_b.release_after(i);
  }
  for (std::size_t s = 0; s < sums.size(); ++s)
    if (counts[s] > 0) sums[s] /= counts[s];
  return sums;
}

}  // namespace tessera::fusion
