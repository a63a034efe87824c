// SPDX-License-Identifier: MIT
#include "fusion/correction/fitted_layer.h"

#include "fusion/operators/plain_operators.h"

namespace tessera::fusion {
namespace {

constexpr int kCell = 2, kCellPixels = kCell * kCell;  // the only stride there is

}  // namespace

bool FittedLayer::can_fit(const Operator& op) {
  const bool matrix = op.kind == OperatorKind::Conv || op.kind == OperatorKind::Linear;
  return op.kind == OperatorKind::Transposed ||
         (matrix && op.groups == 1 && !op.border_bias && op.kernel_width == 0);
}

FittedLayer::FittedLayer(const Operator& op, int in_channels)
    : op_(op), inputs_(in_channels), outputs_(op.channels), kernel_(op.kernel) {
  if (is_transposed() || is_strided()) {
    (is_transposed() ? outputs_ : inputs_) *= kCellPixels;
    kernel_ = 1;
  }
}

Tensor FittedLayer::input(const Tensor& value) const {
  return is_strided() ? shuffled(value, kCell, true) : value.clone();
}

Tensor FittedLayer::output(Tensor value) const {
  return is_transposed() ? shuffled(value, kCell, true) : std::move(value);
}

Matrix FittedLayer::weights(const TensorMap& tensors) const {
  const std::vector<float>& weight = tensors.at(op_.prefix + ".weight").values;
  const Eigen::Index row = static_cast<Eigen::Index>(weight.size()) / outputs_;
  using Floats = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Matrix all = Matrix::Zero(outputs_, row + 1);
  if (is_transposed())
    all.leftCols(row) =
        Eigen::Map<const Floats>(weight.data(), row, outputs_).transpose().cast<double>();
  else
    all.leftCols(row) = Eigen::Map<const Floats>(weight.data(), outputs_, row).cast<double>();
  if (!op_.bias) return all;
  const std::vector<float>& bias = tensors.at(op_.prefix + ".bias").values;
  const int repeats = outputs_ / op_.channels;
  for (int o = 0; o < outputs_; ++o) all(o, row) = bias[static_cast<std::size_t>(o / repeats)];
  return all;
}

void FittedLayer::make_representable(Matrix& weights) const {
  const int repeats = outputs_ / op_.channels;
  auto bias = weights.col(weights.cols() - 1);
  for (int o = 0; o < outputs_; o += repeats)
    bias.segment(o, repeats).setConstant(bias.segment(o, repeats).mean());
}

void FittedLayer::store(const Matrix& weights, TensorMap& tensors) const {
  std::vector<float>& weight = tensors.at(op_.prefix + ".weight").values;
  const Eigen::Index row = weights.cols() - 1;
  for (Eigen::Index o = 0; o < weights.rows(); ++o)
    for (Eigen::Index j = 0; j < row; ++j)
      weight[static_cast<std::size_t>(is_transposed() ? j * outputs_ + o : o * row + j)] =
          static_cast<float>(weights(o, j));
  if (!op_.bias) return;
  std::vector<float>& bias = tensors.at(op_.prefix + ".bias").values;
  const int repeats = outputs_ / op_.channels;
  for (int c = 0; c < op_.channels; ++c)
    bias[static_cast<std::size_t>(c)] =
        static_cast<float>(weights(static_cast<Eigen::Index>(c) * repeats, row));
}

}  // namespace tessera::fusion
