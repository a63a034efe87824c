// SPDX-License-Identifier: MIT
#include "fusion/alignment/unit_cost.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace tessera::fusion {
namespace {

/// Inner products of units of both networks, and their squared lengths.
struct Products {
  Matrix with_sign, without_sign;  ///< (n, m)
  Eigen::VectorXd model, anchor;   ///< squared lengths

  Products(Eigen::Index n, Eigen::Index m)
      : with_sign(Matrix::Zero(n, m)),
        without_sign(Matrix::Zero(n, m)),
        model(Eigen::VectorXd::Zero(n)),
        anchor(Eigen::VectorXd::Zero(m)) {}
};

/// Sums products over the tensors of a space; what one operator writes counts as one.
class WeightTerms {
 public:
  WeightTerms(const ModelPair& pair, int space) : pair_(pair), space_(space) {
    const auto& widths = pair.table.spaces[static_cast<std::size_t>(space)].widths;
    n_ = widths[0];
    m_ = widths[1];
  }

  void add_all(const std::vector<SpaceMap>& maps, const std::vector<char>& solved) {
    const bool isometric = pair_.table.spaces[static_cast<std::size_t>(space_)].isometric;
    for (std::size_t t = 0; t < pair_.table.tensors.size(); ++t) {
      const TensorLayout& layout = pair_.table.tensors[t];
      for (std::size_t a = 0; a < layout.axes.size(); ++a) {
        if (!touches(layout.axes[a], space_) || !others_solved(pair_.table, t, a, solved)) continue;
        if (n_ != m_ && layout.axes[a].role == AxisRole::Consumed) continue;
        if (isometric && layout.axes.size() == 1) continue;  // a constant changes no distance
        add(t, a, maps);
      }
    }
  }

  /// Distances normalised per operator, in the better sign if units have one.
  bool finish(bool with_signs, double weight, Matrix& plus, Matrix& minus) const {
    bool any = false;
    for (const auto& [key, p] : sums_) {
      const double scale = p.model.mean() + p.anchor.mean();
      if (!(scale > 0.0)) continue;
      any = true;
      const Matrix lengths = p.model.replicate(1, m_) + p.anchor.transpose().replicate(n_, 1);
      const double factor = weight / (scale * static_cast<double>(sums_.size()));
      plus += factor * (lengths - 2.0 * (p.without_sign + p.with_sign)).cwiseMax(0.0);
      if (with_signs)
        minus += factor * (lengths - 2.0 * (p.without_sign - p.with_sign)).cwiseMax(0.0);
    }
    return any;
  }

 private:
  void add(std::size_t t, std::size_t axis, const std::vector<SpaceMap>& maps) {
    const TensorLayout& layout = pair_.table.tensors[t];
    const auto [a, b] = compared_rows(pair_, t, axis, space_, maps);
    Products& sum = sums_.try_emplace(compared_operator(layout, axis), n_, m_).first->second;
    const bool sign = layout.axes[axis].role != AxisRole::Gain;
    (sign ? sum.with_sign : sum.without_sign) += a * b.transpose();
    sum.model += a.rowwise().squaredNorm();
    sum.anchor += b.rowwise().squaredNorm();
  }

  const ModelPair& pair_;
  int space_;
  Eigen::Index n_ = 0, m_ = 0;
  std::map<std::string, Products> sums_;
};

}  // namespace

bool touches(const TensorAxis& axis, int space) {
  return std::any_of(axis.layout.begin(), axis.layout.end(),
                     [=](const LayoutPart& part) { return part.space == space; });
}

bool others_solved(const SpaceTable& table,
                   std::size_t t,
                   std::size_t axis,
                   const std::vector<char>& solved) {
  const TensorLayout& layout = table.tensors[t];
  for (std::size_t a = 0; a < layout.axes.size(); ++a)
    for (const LayoutPart& part : layout.axes[a].layout)
      if (a != axis && solved[static_cast<std::size_t>(part.space)] == 0) return false;
  return true;
}

std::string compared_operator(const TensorLayout& layout, std::size_t axis) {
  return layout.name.substr(0, layout.name.rfind('.')) +
         (layout.axes[axis].role == AxisRole::Consumed ? "<" : ">");
}

ComparedRows compared_rows(const ModelPair& pair,
                           std::size_t t,
                           std::size_t axis,
                           int space,
                           const std::vector<SpaceMap>& maps) {
  const TensorLayout& layout = pair.table.tensors[t];
  NamedTensor model = pair.model.at(layout.name), anchor = pair.anchor.at(layout.name);
  if (layout.blocks > 1 || layout.metric) {
    model = expanded_blocks(model, pair.table.block_counts[t][0], layout.metric);
    anchor = expanded_blocks(anchor, pair.table.block_counts[t][1], layout.metric);
  }
  model = aligned_tensor(model, layout, pair.table, maps, static_cast<int>(axis));
  return {unit_rows(model, layout.axes[axis], axis, pair.table, 0, space),
          unit_rows(anchor, layout.axes[axis], axis, pair.table, 1, space)};
}

Matrix unit_rows(const NamedTensor& tensor,
                 const TensorAxis& axis,
                 std::size_t axis_index,
                 const SpaceTable& table,
                 std::size_t model,
                 int space) {
  std::int64_t outer = 1, inner = 1;
  for (std::size_t a = 0; a < axis_index; ++a) outer *= tensor.shape[a];
  for (std::size_t a = axis_index + 1; a < tensor.shape.size(); ++a) inner *= tensor.shape[a];
  const std::int64_t extent = tensor.shape[axis_index];
  const Eigen::Index units = table.spaces[static_cast<std::size_t>(space)].widths[model];
  std::int64_t repeats = 0;
  for (const LayoutPart& part : axis.layout)
    if (part.space == space) repeats += part.repeat;
  Matrix rows(units, repeats * outer * inner);
  std::int64_t start = 0, column = 0;
  for (const LayoutPart& part : axis.layout) {
    const std::int64_t width = table.spaces[static_cast<std::size_t>(part.space)].widths[model];
    if (part.space == space) {
      for (std::int64_t i = 0; i < width; ++i)
        for (std::int64_t r = 0; r < part.repeat; ++r)
          for (std::int64_t o = 0; o < outer; ++o)
            for (std::int64_t k = 0; k < inner; ++k)
              rows(i, column + (r * outer + o) * inner + k) =
                  tensor.values[static_cast<std::size_t>(
                      (o * extent + start + i * part.repeat + r) * inner + k)];
      column += part.repeat * outer * inner;
    }
    start += width * part.repeat;
  }
  return rows;
}

UnitCost unit_cost(const ModelPair& pair,
                   int space,
                   const std::vector<SpaceMap>& maps,
                   const std::vector<char>& solved,
                   const Correlations& correlations,
                   const CostWeights& weights) {
  const ChannelSpace& s = pair.table.spaces[static_cast<std::size_t>(space)];
  const Eigen::Index n = s.widths[0], m = s.widths[1];
  Matrix plus = Matrix::Zero(n, m), minus = Matrix::Zero(n, m);
  WeightTerms terms(pair, space);
  terms.add_all(maps, solved);
  UnitCost result;
  result.informed = terms.finish(s.signed_units, weights.weights, plus, minus);
  if (!correlations.empty()) {
    const Matrix& rho = correlations[static_cast<std::size_t>(space)];
    if (rho.size() != 0 && weights.activations > 0.0) {
      plus.array() += weights.activations * (1.0 - rho.array());
      minus.array() += weights.activations * (1.0 + rho.array());
      result.informed = true;
    }
  }
  result.cost = plus;
  if (s.signed_units) {
    result.cost = plus.cwiseMin(minus);
    result.signs = (plus.array() <= minus.array()).select(Matrix::Ones(n, m), -Matrix::Ones(n, m));
  }
  return result;
}

std::vector<double> unit_importance(const TensorMap& tensors,
                                    const SpaceTable& table,
                                    int space,
                                    std::size_t model) {
  const Eigen::Index units = table.spaces[static_cast<std::size_t>(space)].widths[model];
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(units);
  for (std::size_t t = 0; t < table.tensors.size(); ++t) {
    const TensorLayout& layout = table.tensors[t];
    NamedTensor tensor = tensors.at(layout.name);
    if (layout.blocks > 1 || layout.metric)
      tensor = expanded_blocks(tensor, table.block_counts[t][model], layout.metric);
    for (std::size_t a = 0; a < layout.axes.size(); ++a)
      if (layout.axes[a].role == AxisRole::Produced && touches(layout.axes[a], space))
        sum += unit_rows(tensor, layout.axes[a], a, table, model, space).cwiseAbs().rowwise().sum();
  }
  const double mean = sum.mean();
  std::vector<double> importance;
  // Rounded, so that the order of sums decides nothing; never zero, so that every unit has mass.
  for (const double value : sum)
    importance.push_back(mean > 0.0 ? std::max(std::round(value / mean * 1e6), 1.0) * 1e-6 : 1.0);
  return importance;
}

}  // namespace tessera::fusion
