// SPDX-License-Identifier: MIT
#include "fusion/alignment/gauge.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "fusion/alignment/head_rotation.h"

namespace tessera::fusion {
namespace {

/// Lengths of what units of a space write, all operators together; axes of others aligned.
struct WrittenLengths {
  Eigen::VectorXd model, anchor;
};

WrittenLengths written_lengths(const ModelPair& pair,
                               int space,
                               const std::vector<SpaceMap>& maps) {
  const auto& widths = pair.table.spaces[static_cast<std::size_t>(space)].widths;
  WrittenLengths sum{Eigen::VectorXd::Zero(widths[0]), Eigen::VectorXd::Zero(widths[1])};
  for (std::size_t t = 0; t < pair.table.tensors.size(); ++t) {
    const TensorLayout& layout = pair.table.tensors[t];
    for (std::size_t a = 0; a < layout.axes.size(); ++a) {
      if (!touches(layout.axes[a], space) || layout.axes[a].role != AxisRole::Produced) continue;
      const ComparedRows rows = compared_rows(pair, t, a, space, maps);
      sum.model += rows.model.rowwise().squaredNorm();
      sum.anchor += rows.anchor.rowwise().squaredNorm();
    }
  }
  return {sum.model.cwiseSqrt(), sum.anchor.cwiseSqrt()};
}

/// The symmetric square root of a positive semidefinite matrix.
Matrix square_root(const Matrix& metric) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(Eigen::MatrixXd{metric});
  const Eigen::VectorXd roots = solver.eigenvalues().cwiseMax(0.0).cwiseSqrt();
  return solver.eigenvectors() * roots.asDiagonal() * solver.eigenvectors().transpose();
}

// A factor this near to 1 is rounding.
constexpr double kSameScale = 1e-6;

// Rounds of rescaling; each halves what is left, or better.
constexpr int kScaleRounds = 60;

/// Rescales the units of one space.  Result  the largest change of a factor, relative.
double rescale(const ModelPair& pair, std::size_t s, std::vector<SpaceMap>& maps) {
  const ChannelSpace& space = pair.table.spaces[s];
  if (!space.scaled_units || space.fixed || space.isometric || !maps[s].permutes) return 0.0;
  const auto [model, anchor] = written_lengths(pair, static_cast<int>(s), maps);
  double largest = 0.0;
  for (std::size_t j = 0; j < maps[s].source.size(); ++j) {
    const double length = model[maps[s].source[j]] * std::abs(maps[s].factor[j]);
    const double target = anchor[static_cast<Eigen::Index>(j)];
    const double scale = length > 0.0 && target > 0.0 ? target / length : 1.0;
    if (std::abs(scale - 1.0) <= kSameScale) continue;
    maps[s].factor[j] *= scale;
    largest = std::max(largest, std::abs(scale - 1.0));
  }
  return largest;
}

}  // namespace

void rescale_units(const ModelPair& pair, std::vector<SpaceMap>& maps) {
  // What one space writes depends on the factors of those it reads: round by round.
  double largest = 1.0;
  for (int round = 0; round < kScaleRounds && largest > kSameScale; ++round) {
    largest = 0.0;
    for (std::size_t s = 0; s < maps.size(); ++s)
      largest = std::max(largest, rescale(pair, s, maps));
  }
}

NamedTensor average_metric(const NamedTensor& anchor,
                           const std::vector<const NamedTensor*>& models,
                           const std::vector<double>& weights) {
  NamedTensor result = anchor;
  const Eigen::Index rows = anchor.shape[1], columns = anchor.shape[2];
  using FloatMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  for (Eigen::Index g = 0; g < anchor.shape[0]; ++g) {
    const auto factor = [&](const NamedTensor& tensor) -> Matrix {
      return Eigen::Map<const FloatMatrix>(tensor.values.data() + g * rows * columns, rows, columns)
          .cast<double>();
    };
    const Matrix r0 = factor(anchor);
    const Matrix m0 = r0.transpose() * r0;
    Matrix metric = m0;
    bool same = true;
    for (std::size_t k = 0; k < models.size(); ++k) {
      const Matrix r = factor(*models[k]);
      if (weights[k] == 0.0 || r == r0) continue;
      same = false;
      metric += weights[k] * (r.transpose() * r - m0);
    }
    if (same) continue;
    // All factors of a metric are Q S, S its square root; nearest to R0 for Q polar of R0 S.
    const Matrix root = square_root(metric);
    const Matrix nearest = nearest_rotation(r0 * root.transpose()) * root;
    Eigen::Map<FloatMatrix>(result.values.data() + g * rows * columns, rows, columns) =
        nearest.cast<float>();
  }
  return result;
}

}  // namespace tessera::fusion
