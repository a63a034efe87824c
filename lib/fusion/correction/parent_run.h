// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/threads/thread_pool.h"
#include "fusion/correction/activation_moments.h"
#include "fusion/operators/operator_run.h"
#include "fusion/spaces/space_map.h"

namespace tessera::fusion {

/// A parent as it was before alignment, and the maps of its channels into the anchor's.
struct OriginalNetwork {
  RunnableNetwork network;
  const SpaceTable& table;
  const std::vector<SpaceMap>& maps;
};

/// A parent in the anchor's channels, and its weight in the mean.
struct WeightedNetwork {
  const TensorMap& tensors;
  double weight = 0.0;
  /// Where alignment changed what the parent computes (widths differ, soft plans, residual maps):
  /// what it did compute, brought into the anchor's channels value by value. Null: as `tensors` do.
  const OriginalNetwork* original = nullptr;
};

/// A parent's values over the calibration pictures, in the anchor's channels.
class ParentRun {
 public:
  /// `graph` and `metadata` are the anchor's. All outlive the run.
  ParentRun(const OperatorGraph& graph,
            const std::map<std::string, std::string>& metadata,
            const WeightedNetwork& parent,
            const std::vector<CalibrationSample>& pictures);

  void step(int index, base::ThreadPool& pool) { run_.step(index, pool); }
  void release_after(int index) { run_.release_after(index); }
  /// Height and width of a value, and the anchor's channels.
  Shape shape(int index, std::size_t picture) const;
  /// sum += weight * value.
  void add_to(Tensor& sum, int index, std::size_t picture, double weight) const;

 private:
  OperatorRun run_;
  std::vector<AxisMap> maps_;  ///< by value; empty: the channels are the anchor's already
};

}  // namespace tessera::fusion
