// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/threads/thread_pool.h"
#include "fusion/correction/parent_run.h"

namespace tessera::fusion {

/// What is done to a fused network so that it computes what its parents computed on average.
enum class Correction {
  None,
  Statistics,  ///< of BatchNorm, measured again
  Repair,      ///< mean and deviation of every layer's result, and statistics
  Refit,       ///< every layer by least squares, and statistics
};

/// What a correction goes by. The graph and the metadata are the anchor's.
struct CorrectionBasis {
  const OperatorGraph& graph;
  const std::map<std::string, std::string>& metadata;
  const std::vector<CalibrationSample>& pictures;
  std::set<std::string> kept{};  ///< names of tensors that stay as they are
};

/// One layer's correction.
struct CorrectedLayer {
  std::string name;
  double before = 0.0, after = 0.0;  ///< squared distance from the parents' mean over its variance
  bool kept = false;                 ///< false: the correction did not help and was left out
};

/// Whether a picture judges refits instead of teaching them: one of four, but not each fourth,
/// which would be all pictures of one of four noise levels that come in turn.
bool judges_refit(std::size_t picture);

/// Corrects `fused` layer by layer in the order of computation: each sees what the corrected layers
/// before it make of the pictures, and is led to the weighted mean of what the parents compute
/// there on the same pictures; a refitted layer that is added to a stream also makes up for what
/// the stream lacks. No clean pictures are needed.
///
/// A quarter of the pictures judges: a refit that does not bring these nearer is left out. Layers
/// with a border bias, grouped, depthwise and oblong ones stay as they are, and tensors that the
/// basis keeps. Without a bias a layer is refitted where nothing but batch normalisations read it,
/// and not repaired, which measuring these again does.
/// Result   one entry per convolution and matrix that is corrected; the same for any number of
/// threads.
/// Source  Jordan et al., REPAIR, ICLR 2023; Jin et al., RegMean, ICLR 2023.
std::vector<CorrectedLayer> correct(const CorrectionBasis& basis,
                                    TensorMap& fused,
                                    const std::vector<WeightedNetwork>& parents,
                                    Correction method,
                                    base::ThreadPool& pool);

}  // namespace tessera::fusion
