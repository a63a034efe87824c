// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "fusion/matching.h"
#include "pipeline/fuse/fuse_inputs.h"
#include "pipeline/fuse/fuse_pictures.h"

namespace tessera::pipeline {

/// How inputs are aligned, with everything automatic decided.
struct AlignmentSettings {
  fusion::MatchOptions match;
  fusion::Residual residual = fusion::Residual::Shared;
  FuseMetric metric = FuseMetric::Weights;  ///< not Auto
  std::uint64_t seed = 0;                   ///< of FuseMetric::Random
};

/// Settings from options; match by weights alone for FuseMethod::Match or without pictures.
AlignmentSettings alignment_settings(const FuseOptions& options);
/// Their words on the command line: "ot", "two-level", "shared".
std::string text_of(FuseMethod method);
std::string text_of(FuseHeads heads);
std::string text_of(FuseResidual residual);
/// One line on what of the options changes what an aligned network computes; empty: nothing.
std::string recipe_warning(const FuseOptions& options);
/// "acts", "weights", "both", "shuffled", "random".
std::string text_of(FuseMetric metric);

/// A network in the anchor's channels.
struct AlignedNetwork {
  fusion::TensorMap tensors;
  fusion::Matching matching;
  fusion::SpaceTable table;
  bool same_function = true;  ///< every map permutes or rotates: the function must not change
};

/// Aligns a network to a target with the anchor's shapes.
/// Errors  InvalidArgument: FuseMetric::Shuffled without two crops, or with crops of several sizes.
AlignedNetwork aligned_network(const fusion::RunnableNetwork& network,
                               const fusion::RunnableNetwork& target,
                               const Calibration& calibration,
                               const AlignmentSettings& settings,
                               base::ThreadPool& pool);

/// What an input's report says about its alignment.
void describe_alignment(const AlignedNetwork& aligned, FuseInput& facts);

/// Largest difference of two networks' results on a random degraded picture over the largest
/// result.
double relative_drift(const model::Network& before, const model::Network& after);

}  // namespace tessera::pipeline
