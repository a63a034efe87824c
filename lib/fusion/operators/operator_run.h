// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/threads/thread_pool.h"
#include "fusion/operators/operator_graph.h"
#include "model/network.h"
#include "tensor/tensor.h"

namespace tessera::fusion {

/// One calibration picture as a network sees it, see model::Observed.
/// Shapes  (C, H, W) each, sigma (1, H, W), H and W multiples of what the network takes; mask empty
///         with noise, sigma without.
struct CalibrationSample {
  Tensor samples, mask, estimate, sigma;
};

/// Runs the operators of one network over all calibration pictures, one operator at a time, so that
/// several networks can go side by side and a tensor can be changed before it is first used.
/// Values are kept until their last use.
/// Threads  pictures in parallel; no result depends on the number of threads.
class OperatorRun {
 public:
  /// `metadata` is the checkpoint's. All four outlive the run; tensors may change between steps.
  OperatorRun(const OperatorGraph& graph,
              const TensorMap& tensors,
              const std::map<std::string, std::string>& metadata,
              const std::vector<CalibrationSample>& pictures);
  ~OperatorRun();

  /// Computes operator `index`, whose inputs were computed before.
  void step(int index, base::ThreadPool& pool);
  /// The value of an operator for a picture; empty for what nothing reads and no one asked for.
  const Tensor& value(int index, std::size_t picture) const { return values_[index][picture]; }
  std::size_t pictures() const { return pictures_.size(); }
  /// Gives back the memory of values whose last use was operator `index` or before.
  void release_after(int index);

 private:
  using Apply = std::function<Tensor(const std::vector<const Tensor*>& inputs,
                                     const CalibrationSample& picture)>;
  Apply prepared(int index) const;
  std::vector<float> bias_of(const Operator& op) const;
  Apply convolution(const Operator& op) const;
  Apply strided(const Operator& op) const;
  Apply transposed(const Operator& op) const;
  Apply grouped(const Operator& op, int groups) const;
  Apply per_channel(const Operator& op) const;
  Apply layer_norm(const Operator& op) const;
  Apply attention(const Operator& op) const;
  Apply feature_graph(const Operator& op) const;
  Apply solved(const Operator& op) const;

  const OperatorGraph& graph_;
  const TensorMap& tensors_;
  const std::map<std::string, std::string>& metadata_;
  const std::vector<CalibrationSample>& pictures_;
  std::vector<std::vector<Tensor>> values_;  ///< [operator][picture]
  std::vector<int> last_use_;
};

/// The input of a network, after `fill_steps` of model::thin_plate_fill (WithMask).  Errors  none;
/// the picture has what the packing reads.
Tensor packed_input(const CalibrationSample& picture, Packing packing, int fill_steps);

}  // namespace tessera::fusion
