// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "base/threads/thread_pool.h"
#include "fusion/alignment/unit_cost.h"
#include "fusion/operators/operator_run.h"

namespace tessera::fusion {

/// Sums from which means, deviations and correlations of two sets of channels follow; values are
/// never kept.
class CrossMoments {
 public:
  CrossMoments() = default;
  CrossMoments(Eigen::Index n, Eigen::Index m);
  /// Takes one pixel in `stride` of two values of one picture.  Shapes  (n, H, W) and (m, H, W).
  void add(TensorView<const float> a, TensorView<const float> b, int stride);
  void add(const CrossMoments& other);
  /// Pearson correlation of every pair; 0 where a channel is constant.  Shapes  (n, m).
  Matrix correlation() const;

 private:
  double count_ = 0.0;
  Eigen::VectorXd sum_a_, sum_b_, square_a_, square_b_;
  Matrix product_;
};

/// A network with everything that a run over pictures needs.
struct RunnableNetwork {
  const OperatorGraph& graph;
  const TensorMap& tensors;
  const std::map<std::string, std::string>& metadata;
};

/// Correlations of the units of both networks in every space, over all pixels of the pictures and
/// averaged over the values (before activations) that a space indexes. A unit that stands for
/// several channels has the mean of its channels' correlations. The model sees `model_pictures`
/// and the anchor `pictures`, as many of the same sizes: the same ones, except for a control.
/// Result  by space of `table`; the same for any number of threads.
Correlations activation_correlations(const RunnableNetwork& model,
                                     const RunnableNetwork& anchor,
                                     const SpaceTable& table,
                                     const std::vector<CalibrationSample>& model_pictures,
                                     const std::vector<CalibrationSample>& pictures,
                                     base::ThreadPool& pool);

}  // namespace tessera::fusion
