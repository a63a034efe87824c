// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "fusion/alignment/matching.h"
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
/// Its word on the command line: "ot".
std::string text_of(FuseMethod method);
/// What the report says about how inputs are aligned, with everything automatic decided.
void describe_plans(const FuseOptions& options, FuseReport& report);
/// One line on what of the options changes what an aligned network computes; empty: nothing.
std::string recipe_warning(const FuseOptions& options);

/// A network in the anchor's channels.
struct AlignedNetwork {
  fusion::TensorMap tensors;
  fusion::Matching matching;
  fusion::SpaceTable table;
  fusion::Correlations correlations;  ///< that the matching was found by; may be empty
  bool same_function = true;  ///< every map permutes or rotates: the function must not change
};

/// Aligns a network to a target with the anchor's shapes. `known`: correlations of the same two on
/// the same pictures, which are not measured again; null: none are.
/// Errors  InvalidArgument: FuseMetric::Shuffled without two crops, or with crops of several sizes;
/// Refused: a soft plan that did not converge.
AlignedNetwork aligned_network(const fusion::RunnableNetwork& network,
                               const fusion::RunnableNetwork& target,
                               const Calibration& calibration,
                               const AlignmentSettings& settings,
                               base::ThreadPool& pool,
                               const fusion::Correlations* known = nullptr);

/// What an input's report says about its alignment.
void describe_alignment(const AlignedNetwork& aligned, FuseInput& facts);

/// Largest difference of two networks' results on a random degraded picture over the largest
/// result.
double relative_drift(const model::Network& before, const model::Network& after);

}  // namespace tessera::pipeline
