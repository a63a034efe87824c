// SPDX-License-Identifier: MIT
#include "fusion/alignment/head_rotation.h"

#include <Eigen/SVD>
#include <cmath>
#include <map>

namespace tessera::fusion {
namespace {

// A rotation this near to the permutation found is rounding.
constexpr double kSameRotation = 1e-6;

/// Rows of all that units of a space write and send, every operator with the same weight.
/// Result  empty matrices when nothing can be compared.
ComparedRows weighted_rows(const ModelPair& pair,
                           int space,
                           const std::vector<SpaceMap>& maps,
                           const std::vector<char>& solved) {
  const auto& widths = pair.table.spaces[static_cast<std::size_t>(space)].widths;
  std::map<std::string, std::vector<ComparedRows>> operators;
  for (std::size_t t = 0; t < pair.table.tensors.size(); ++t) {
    const TensorLayout& layout = pair.table.tensors[t];
    for (std::size_t a = 0; a < layout.axes.size(); ++a) {
      if (!touches(layout.axes[a], space) || !others_solved(pair.table, t, a, solved)) continue;
      if (layout.axes[a].role == AxisRole::Consumed && widths[0] != widths[1]) continue;
      operators[compared_operator(layout, a)].push_back(compared_rows(pair, t, a, space, maps));
    }
  }
  ComparedRows all{Matrix(widths[0], 0), Matrix(widths[1], 0)};
  for (const auto& [name, parts] : operators) {
    double power = 0.0;
    for (const ComparedRows& rows : parts)
      power += rows.model.squaredNorm() / widths[0] + rows.anchor.squaredNorm() / widths[1];
    if (!(power > 0.0)) continue;
    const double scale = 1.0 / std::sqrt(power * static_cast<double>(operators.size()));
    for (const ComparedRows& rows : parts) {
      const Eigen::Index at = all.model.cols();
      all.model.conservativeResize(Eigen::NoChange, at + rows.model.cols());
      all.anchor.conservativeResize(Eigen::NoChange, at + rows.anchor.cols());
      all.model.rightCols(rows.model.cols()) = scale * rows.model;
      all.anchor.rightCols(rows.anchor.cols()) = scale * rows.anchor;
    }
  }
  return all;
}

/// Whether a map is this permutation.
bool is_same(const SpaceMap& map, const Matrix& rotation) {
  if (!map.permutes) return false;
  Matrix difference = rotation;
  for (int j = 0; j < map.to(); ++j)
    difference(map.source[static_cast<std::size_t>(j)], j) -=
        map.factor[static_cast<std::size_t>(j)];
  return difference.cwiseAbs().maxCoeff() < kSameRotation;
}

}  // namespace

bool rotates(const ChannelSpace& space) {
  return !space.fixed && space.parent >= 0 &&
         (space.isometric || (space.attended && space.mixed_units));
}

Matrix nearest_rotation(const Matrix& product) {
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(product, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return svd.matrixU() * svd.matrixV().transpose();
}

Matrix rotated_head_costs(const ModelPair& pair,
                          int space,
                          const std::vector<SpaceMap>& maps,
                          const std::vector<char>& solved) {
  const ChannelSpace& units = pair.table.spaces[static_cast<std::size_t>(space)];
  const ChannelSpace& heads = pair.table.spaces[static_cast<std::size_t>(units.parent)];
  const auto [model, anchor] = weighted_rows(pair, space, maps, solved);
  if (model.cols() == 0) return {};
  const Eigen::Index from = units.widths[0] / heads.widths[0];
  const Eigen::Index to = units.widths[1] / heads.widths[1];
  Matrix costs(heads.widths[0], heads.widths[1]);
  for (Eigen::Index g = 0; g < costs.rows(); ++g)
    for (Eigen::Index h = 0; h < costs.cols(); ++h) {
      const auto a = model.middleRows(g * from, from), b = anchor.middleRows(h * to, to);
      const Eigen::JacobiSVD<Eigen::MatrixXd> svd(Eigen::MatrixXd(a * b.transpose()));
      const double apart = a.squaredNorm() + b.squaredNorm() - 2.0 * svd.singularValues().sum();
      costs(g, h) = std::max(apart, 0.0) / static_cast<double>(std::max(from, to));
    }
  return costs;
}

void rotate_heads(const ModelPair& pair,
                  int space,
                  std::vector<SpaceMap>& maps,
                  const std::vector<char>& solved) {
  const ChannelSpace& units = pair.table.spaces[static_cast<std::size_t>(space)];
  const SpaceMap& heads = maps[static_cast<std::size_t>(units.parent)];
  if (!heads.permutes || (units.attended && units.widths[0] != units.widths[1])) return;
  const auto [model, anchor] = weighted_rows(pair, space, maps, solved);
  if (model.cols() == 0) return;
  const Eigen::Index from = units.widths[0] / heads.to(), to = units.widths[1] / heads.to();
  Matrix rotation = Matrix::Zero(units.widths[0], units.widths[1]);
  for (int g = 0; g < heads.to(); ++g) {
    const Eigen::Index a = heads.source[static_cast<std::size_t>(g)] * from, b = g * to;
    const Matrix product = model.middleRows(a, from) * anchor.middleRows(b, to).transpose();
    rotation.block(a, b, from, to) = nearest_rotation(product);
  }
  SpaceMap& map = maps[static_cast<std::size_t>(space)];
  if (!is_same(map, rotation)) map = rotation_map(rotation);
}

}  // namespace tessera::fusion
