// SPDX-License-Identifier: MIT
#include "fusion/spaces/space_map.h"

#include <algorithm>
#include <cmath>

namespace tessera::fusion {
namespace {

/// Whether every column and every row of a square plan has just one entry.
bool is_permutation(const Matrix& plan) {
  if (plan.rows() != plan.cols()) return false;
  std::vector<char> used(static_cast<std::size_t>(plan.rows()), 0);
  for (Eigen::Index j = 0; j < plan.cols(); ++j) {
    Eigen::Index row = 0, count = 0;
    for (Eigen::Index i = 0; i < plan.rows(); ++i)
      if (plan(i, j) > 0.0) {
        row = i;
        ++count;
      }
    if (count != 1 || used[static_cast<std::size_t>(row)] != 0) return false;
    used[static_cast<std::size_t>(row)] = 1;
  }
  return true;
}

const Matrix& matrix_of(const SpaceMap& map, AxisRole role, bool isometric, bool in_blocks) {
  if (role == AxisRole::Gain) return map.plain;
  if (role == AxisRole::Consumed)
    return in_blocks && map.inside.size() != 0 ? map.inside : map.push;
  return isometric ? map.root : map.pull;
}

/// Factor of a permuted unit as its role meets it.
double factor_of(double factor, AxisRole role) {
  if (role == AxisRole::Gain) return 1.0;
  return role == AxisRole::Consumed ? 1.0 / factor : factor;
}

}  // namespace

bool SpaceMap::is_identity() const {
  if (!permutes) return false;
  for (std::size_t j = 0; j < source.size(); ++j)
    if (source[j] != static_cast<int>(j) || factor[j] != 1.0) return false;
  return true;
}

bool operator==(const SpaceMap& a, const SpaceMap& b) {
  if (a.permutes != b.permutes) return false;
  if (a.permutes) return a.source == b.source && a.factor == b.factor;
  return a.pull.rows() == b.pull.rows() && a.pull.cols() == b.pull.cols() && a.pull == b.pull &&
         a.push == b.push;
}

SpaceMap identity_map(int width) {
  SpaceMap map;
  for (int j = 0; j < width; ++j) map.source.push_back(j);
  map.factor.assign(static_cast<std::size_t>(width), 1.0);
  return map;
}

SpaceMap map_of(const Matrix& plan, const Matrix& signs) {
  SpaceMap map;
  const auto sign = [&](Eigen::Index i, Eigen::Index j) {
    return signs.size() == 0 ? 1.0 : signs(i, j);
  };
  if (is_permutation(plan)) {
    for (Eigen::Index j = 0; j < plan.cols(); ++j) {
      Eigen::Index row = 0;
      plan.col(j).maxCoeff(&row);
      map.source.push_back(static_cast<int>(row));
      map.factor.push_back(sign(row, j));
    }
    return map;
  }
  map.permutes = false;
  map.pull = map.push = plan;
  for (Eigen::Index j = 0; j < plan.cols(); ++j) map.pull.col(j) /= plan.col(j).sum();
  for (Eigen::Index i = 0; i < plan.rows(); ++i) map.push.row(i) /= plan.row(i).sum();
  map.plain = map.pull;
  map.root = map.pull.cwiseProduct(map.push).cwiseSqrt();
  if (signs.size() != 0)
    for (Matrix* matrix : {&map.pull, &map.push, &map.root})
      *matrix = matrix->cwiseProduct(signs).eval();
  return map;
}

void settle_in_heads(SpaceMap& map, const SpaceMap& heads) {
  if (map.permutes) return;
  const Eigen::Index from = map.pull.rows() / heads.from(), to = map.pull.cols() / heads.to();
  map.inside = Matrix::Zero(map.pull.rows(), map.pull.cols());
  for (Eigen::Index i = 0; i < map.pull.rows(); ++i)
    for (Eigen::Index j = 0; j < map.pull.cols(); ++j) {
      const Eigen::Index a = i / from, b = j / to;
      const bool matched =
          heads.permutes && heads.source[static_cast<std::size_t>(b)] == static_cast<int>(a);
      const double push = heads.permutes ? (matched ? 1.0 : 0.0) : heads.push(a, b);
      const double plain = heads.permutes ? push : heads.plain(a, b);
      if (!(push > 0.0 && plain > 0.0)) continue;
      map.inside(i, j) = map.push(i, j) / push;
      map.root(i, j) *= std::sqrt(plain / push);
    }
}

SpaceMap rotation_map(const Matrix& rotation) {
  SpaceMap map;
  map.permutes = false;
  map.rotates = true;
  map.pull = map.push = map.root = map.plain = rotation;
  return map;
}

AxisMap axis_map(const TensorAxis& axis,
                 const std::vector<ChannelSpace>& spaces,
                 const std::vector<SpaceMap>& maps,
                 bool in_blocks) {
  AxisMap whole;
  Eigen::Index from = 0, to = 0;
  for (const LayoutPart& part : axis.layout) {
    const SpaceMap& map = maps[static_cast<std::size_t>(part.space)];
    whole.gathers &= map.permutes;
    from += (map.permutes ? map.to() : map.pull.rows()) * part.repeat;
    to += static_cast<Eigen::Index>(map.to()) * part.repeat;
  }
  if (!whole.gathers) whole.dense = Matrix::Zero(from, to);
  Eigen::Index row = 0, column = 0;
  for (const LayoutPart& part : axis.layout) {
    const SpaceMap& map = maps[static_cast<std::size_t>(part.space)];
    const bool isometric = spaces[static_cast<std::size_t>(part.space)].isometric;
    for (int j = 0; j < map.to(); ++j)
      for (int k = 0; k < part.repeat; ++k) {
        const Eigen::Index target = column + static_cast<Eigen::Index>(j) * part.repeat + k;
        if (map.permutes) {
          const Eigen::Index origin =
              row + static_cast<Eigen::Index>(map.source[j]) * part.repeat + k;
          const double factor = factor_of(map.factor[j], axis.role);
          if (whole.gathers) {
            whole.source.push_back(static_cast<int>(origin));
            whole.factor.push_back(factor);
          } else {
            whole.dense(origin, target) = factor;
          }
          continue;
        }
        const Matrix& matrix = matrix_of(map, axis.role, isometric, in_blocks);
        for (Eigen::Index i = 0; i < matrix.rows(); ++i)
          whole.dense(row + i * part.repeat + k, target) = matrix(i, j);
      }
    row += (map.permutes ? map.to() : map.pull.rows()) * part.repeat;
    column += static_cast<Eigen::Index>(map.to()) * part.repeat;
  }
  return whole;
}

}  // namespace tessera::fusion
