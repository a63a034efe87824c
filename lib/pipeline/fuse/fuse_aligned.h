// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "fusion/correction/parent_run.h"
#include "pipeline/fuse/fuse_alignment.h"

namespace tessera::pipeline {

/// All inputs of a fusion with the anchor's shapes, aligned or as they are.
struct AlignedInputs {
  std::vector<fusion::TensorMap> tensors;  ///< by input
  std::vector<AlignedNetwork> networks;    ///< by input; empty for the anchor and where not aligned
  /// Of inputs that alignment made compute something else; null for the others. Refer to
  /// `networks` and to the inputs.
  std::vector<std::unique_ptr<fusion::OriginalNetwork>> originals;
};

/// Every input as it is.
AlignedInputs unaligned_inputs(const std::vector<FusionInput>& inputs);

/// Aligns every input but the anchor to it. `measured`: an alignment of the same inputs by the same
/// correlations; null: none.
/// Result   `facts` of every input say what was found, but for the drift.  Errors  as
/// aligned_network().  Requires that the inputs outlive the result.
AlignedInputs aligned_inputs(const std::vector<FusionInput>& inputs,
                             std::size_t anchor,
                             const Calibration& calibration,
                             const AlignmentSettings& settings,
                             const AlignedInputs* measured,
                             std::vector<FuseInput>& facts,
                             base::ThreadPool& pool);

/// Measures how far aligned inputs differ from themselves.
/// Errors   Refused where the maps should have kept what one computes and did not; with `force` a
///          warning instead.
void measure_drift(const AlignedInputs& aligned,
                   const std::vector<FusionInput>& inputs,
                   std::size_t anchor,
                   bool force,
                   FuseReport& report);

/// Whether nothing was asked for that soft plans would overrule, and a refit may follow them.
bool leaves_plans_open(const FuseOptions& options);
/// The same with the soft plans that have done best before a refit.
FuseOptions with_soft_plans(FuseOptions options);

}  // namespace tessera::pipeline
