// SPDX-License-Identifier: MIT
#include "fusion/alignment/residual_join.h"

#include <algorithm>
#include <cmath>

namespace tessera::fusion {
namespace {

/// A permutation as the matrices of a plan.
SpaceMap as_matrices(const SpaceMap& map) {
  if (!map.permutes) return map;
  SpaceMap dense;
  dense.permutes = false;
  for (Matrix* matrix : {&dense.pull, &dense.push, &dense.root, &dense.plain})
    *matrix = Matrix::Zero(map.from(), map.to());
  for (int j = 0; j < map.to(); ++j) {
    const auto unit = static_cast<std::size_t>(j);
    dense.pull(map.source[unit], j) = dense.root(map.source[unit], j) = map.factor[unit];
    dense.push(map.source[unit], j) = 1.0 / map.factor[unit];
    dense.plain(map.source[unit], j) = 1.0;
  }
  return dense;
}

/// Mean |value| of each channel over all pictures.
Eigen::VectorXd mean_size(const OperatorRun& run, int value) {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(run.value(value, 0).channels());
  double count = 0.0;
  for (std::size_t p = 0; p < run.pictures(); ++p) {
    const Tensor& planes = run.value(value, p);
    for (int c = 0; c < planes.channels(); ++c)
      for (const float x : planes.view().channels(c, 1).flat()) sum[c] += std::abs(x);
    count += static_cast<double>(planes.shape().plane());
  }
  return sum / count;
}

Eigen::VectorXd weight_of(const Eigen::VectorXd& branch, const Eigen::VectorXd& stream) {
  return (branch.array() / (branch + stream).array().max(1e-30)).matrix();
}

/// Weights at one sum.  Shapes  (units of the anchor).
Eigen::VectorXd weights_at(const OperatorRun& run, const Operator& op, Residual residual) {
  const auto [earlier, later] = std::minmax(op.inputs[0], op.inputs[1]);
  Eigen::VectorXd branch = mean_size(run, later), stream = mean_size(run, earlier);
  if (residual == Residual::Scalar) {
    branch.setConstant(branch.mean());
    stream.setConstant(stream.mean());
  }
  return weight_of(branch, stream);
}

}  // namespace

BranchWeights branch_weights(Residual residual,
                             const RunnableNetwork& anchor,
                             const SpaceTable& table,
                             const std::vector<CalibrationSample>& pictures,
                             base::ThreadPool& pool) {
  BranchWeights weights(table.spaces.size());
  std::vector<int> counts(table.spaces.size(), 0);
  for (std::size_t s = 0; s < weights.size(); ++s)
    if (table.spaces[s].stream >= 0)
      weights[s] = Eigen::VectorXd::Constant(table.spaces[s].widths[1], 0.5);
  if (residual == Residual::Shared || residual == Residual::Mean) return weights;
  OperatorRun run(anchor.graph, anchor.tensors, anchor.metadata, pictures);
  for (int i = 0; i < std::ssize(anchor.graph.operators); ++i) {
    const Operator& op = anchor.graph.operators[static_cast<std::size_t>(i)];
    const Layout& layout = table.values[static_cast<std::size_t>(i)];
    const bool adds = op.kind == OperatorKind::Add || op.kind == OperatorKind::Subtract;
    const auto s = layout.empty() ? 0 : static_cast<std::size_t>(layout.front().space);
    if (adds && layout.size() == 1 && table.spaces[s].stream >= 0) {
      const Eigen::VectorXd found = weights_at(run, op, residual);
      weights[s] = counts[s] == 0 ? found : Eigen::VectorXd(weights[s] + found);
      ++counts[s];
    }
    run.step(i, pool);
    run.release_after(i);
  }
  for (std::size_t s = 0; s < weights.size(); ++s)
    if (counts[s] > 1) weights[s] /= counts[s];
  return weights;
}

SpaceMap joined_map(const SpaceMap& stream, const SpaceMap& branch, const Eigen::VectorXd& weight) {
  if (stream == branch) return stream;
  const SpaceMap a = as_matrices(branch), b = as_matrices(stream);
  const auto rest = (1.0 - weight.array()).matrix().asDiagonal();
  SpaceMap joined;
  joined.permutes = false;
  joined.pull = a.pull * weight.asDiagonal() + b.pull * rest;
  joined.push = a.push * weight.asDiagonal() + b.push * rest;
  joined.root = a.root * weight.asDiagonal() + b.root * rest;
  joined.plain = a.plain * weight.asDiagonal() + b.plain * rest;
  return joined;
}

}  // namespace tessera::fusion
