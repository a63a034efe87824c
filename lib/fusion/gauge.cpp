// SPDX-License-Identifier: MIT
#include "fusion/gauge.h"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>

namespace tessera::fusion {
namespace {

/// Rows that units of a space write, all operators side by side; axes of others aligned.
/// Shapes  (units, values).
Matrix written_rows(const ModelPair& pair,
                    int space,
                    std::size_t model,
                    const std::vector<SpaceMap>& maps) {
  std::vector<Matrix> parts;
  Eigen::Index columns = 0;
  for (std::size_t t = 0; t < pair.table.tensors.size(); ++t) {
    const TensorLayout& layout = pair.table.tensors[t];
    for (std::size_t a = 0; a < layout.axes.size(); ++a) {
      const TensorAxis& axis = layout.axes[a];
      const bool touched = std::any_of(axis.layout.begin(), axis.layout.end(),
                                       [=](const LayoutPart& p) { return p.space == space; });
      if (!touched || axis.role != AxisRole::Produced) continue;
      NamedTensor tensor = (model == 0 ? pair.model : pair.anchor).at(layout.name);
      if (layout.blocks > 1 || layout.metric)
        tensor = expanded_blocks(tensor, pair.table.block_counts[t][model], layout.metric);
      if (model == 0)
        tensor = aligned_tensor(tensor, layout, pair.table, maps, static_cast<int>(a));
      parts.push_back(unit_rows(tensor, axis, a, pair.table, model, space));
      columns += parts.back().cols();
    }
  }
  Matrix rows(pair.table.spaces[static_cast<std::size_t>(space)].widths[model], columns);
  Eigen::Index at = 0;
  for (const Matrix& part : parts) {
    rows.middleCols(at, part.cols()) = part;
    at += part.cols();
  }
  return rows;
}

/// The orthogonal matrix nearest to `product`.  Shapes  (n, m).
Matrix nearest_rotation(const Matrix& product) {
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(product, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return svd.matrixU() * svd.matrixV().transpose();
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
  const Eigen::VectorXd model = written_rows(pair, static_cast<int>(s), 0, maps).rowwise().norm();
  const Eigen::VectorXd anchor = written_rows(pair, static_cast<int>(s), 1, maps).rowwise().norm();
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

void rotate_heads(const ModelPair& pair, std::vector<SpaceMap>& maps) {
  for (std::size_t s = 0; s < maps.size(); ++s) {
    const ChannelSpace& space = pair.table.spaces[s];
    if (!space.isometric || space.fixed || space.parent < 0) continue;
    const SpaceMap& heads = maps[static_cast<std::size_t>(space.parent)];
    if (!heads.permutes) continue;
    const Matrix model = written_rows(pair, static_cast<int>(s), 0, maps);
    const Matrix anchor = written_rows(pair, static_cast<int>(s), 1, maps);
    const Eigen::Index from = space.widths[0] / heads.to(), to = space.widths[1] / heads.to();
    Matrix rotation = Matrix::Zero(space.widths[0], space.widths[1]);
    for (int g = 0; g < heads.to(); ++g) {
      const Eigen::Index a = heads.source[static_cast<std::size_t>(g)] * from, b = g * to;
      const Matrix product = model.middleRows(a, from) * anchor.middleRows(b, to).transpose();
      rotation.block(a, b, from, to) = nearest_rotation(product);
    }
    // A rotation that is the permutation found already changes nothing but bits.
    if (maps[s].permutes) {
      Matrix permutation = Matrix::Zero(rotation.rows(), rotation.cols());
      for (int j = 0; j < maps[s].to(); ++j)
        permutation(maps[s].source[static_cast<std::size_t>(j)], j) =
            maps[s].factor[static_cast<std::size_t>(j)];
      if ((permutation - rotation).cwiseAbs().maxCoeff() < kSameScale) continue;
    }
    maps[s] = rotation_map(rotation);
  }
}

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
