// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "model/training_form/training_block_spec.h"

namespace tessera::model {

struct TrainingOp;

/// An average over size x size pixels that counts padding.
struct AveragePool {
  int size = 3;
};
/// y = ops(x) + x.
struct ResidualOps {
  std::vector<TrainingOp> ops;
};
/// One operation of a branch with its weights.
struct TrainingOp {
  std::variant<AffineConv, BatchNorm, AveragePool, ChannelGate, ResidualOps> value;
  std::size_t parameters = 0;  ///< trained values
  std::size_t macs = 0;        ///< multiply-accumulates per pixel
};

/// Called with each gate, what goes into it and the factors it gave.
using GateObserver =
    std::function<void(const ChannelGate& gate, const Planes& x, const std::vector<double>& v)>;

/// One convolution in the form in which it was trained: evaluated plainly, in double precision, as
/// the training graph does in evaluation mode, and folded by the rules of fold.h.
/// Tensors  PLACE.BRANCH.OP.*, PLACE.gates.K.*; see BlockSpec and man/tessera-checkpoint.5.
class TrainingBlock {
 public:
  /// `weights` is narrowed to the place. Wrong tensors are recorded there; statistics that were
  /// never measured and variances that are not positive go to `faults`.
  TrainingBlock(const BlockSpec& spec,
                const std::string& place,
                const checkpoint::Weights& weights,
                std::vector<std::string>& faults);

  const BlockSpec& spec() const { return spec_; }
  /// Shapes  x (in, H, W), result (out, H, W).
  Planes evaluate(const Planes& x, const GateObserver& observer = nullptr) const;
  /// The one convolution, without the live gates behind it (see trailing_gates). Gates are
  /// evaluated, scales and batch normalisations folded, identities added, sequences composed,
  /// branches summed, in this order.
  /// Errors  BadCheckpoint "not foldable: ...".
  AffineConv folded() const;
  /// All gates that look at their input, in a fixed order.
  std::vector<ChannelGate*> live_gates();
  /// The live gates behind the sum, which a folded form keeps.
  std::vector<const ChannelGate*> trailing_gates() const;
  /// All gates, learned, live or frozen.
  int gate_count() const;
  /// Trained values: running statistics do not count.
  std::size_t parameters() const;
  /// Multiply-accumulates per pixel of convolutions, masks and pools.
  std::size_t macs() const;

 private:
  struct Branch {
    std::string name;
    std::vector<TrainingOp> ops;
  };
  std::vector<TrainingOp> read_ops(const std::vector<OpSpec>& specs,
                                   int& channels,
                                   const checkpoint::Weights& weights,
                                   const std::string& place,
                                   std::vector<std::string>& faults) const;

  BlockSpec spec_;
  std::vector<Branch> branches_;
  std::vector<ChannelGate> gates_;
};

}  // namespace tessera::model
