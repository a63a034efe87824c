// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_aligned.h"

#include <fmt/format.h>

#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

// Aligned by permutations a network may differ in the rounding of its sums, not more.
constexpr double kLargestDrift = 1e-4;
// Of the published recipe for activations; 0.02, 0.2 and 1 did worse: models/experiments/fusion.md.
constexpr double kSoftEpsilon = 0.08;

}  // namespace

AlignedInputs unaligned_inputs(const std::vector<FusionInput>& inputs) {
  AlignedInputs all;
  for (const FusionInput& input : inputs) all.tensors.push_back(input.tensors);
  all.networks.resize(inputs.size());
  all.originals.resize(inputs.size());
  return all;
}

AlignedInputs aligned_inputs(const std::vector<FusionInput>& inputs,
                             std::size_t anchor,
                             const Calibration& calibration,
                             const AlignmentSettings& settings,
                             const AlignedInputs* measured,
                             std::vector<FuseInput>& facts,
                             base::ThreadPool& pool) {
  AlignedInputs all = unaligned_inputs(inputs);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (k == anchor) continue;
    AlignedNetwork& found = all.networks[k];
    found =
        aligned_network(inputs[k].runnable(), inputs[anchor].runnable(), calibration, settings,
                        pool, measured != nullptr ? &measured->networks[k].correlations : nullptr);
    describe_alignment(found, facts[k]);
    all.tensors[k] = std::move(found.tensors);
    if (!found.same_function)
      all.originals[k] = std::make_unique<fusion::OriginalNetwork>(
          fusion::OriginalNetwork{inputs[k].runnable(), found.table, found.matching.maps});
  }
  return all;
}

void measure_drift(const AlignedInputs& aligned,
                   const std::vector<FusionInput>& inputs,
                   std::size_t anchor,
                   bool force,
                   FuseReport& report) {
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (k == anchor) continue;
    FuseInput& facts = report.inputs[k];
    const auto network = network_of(aligned.tensors[k], inputs[anchor].metadata,
                                    "aligned " + printable_name(facts.file));
    facts.drift = relative_drift(*inputs[k].network, *network);
    if (facts.drift_allowed || facts.drift <= kLargestDrift) continue;
    const std::string problem = fmt::format(
        "{}: aligned, it no longer computes what it computed: its result changes by "
        "{:.2g} of its largest value, {:.0e} is allowed",
        printable_name(facts.file), facts.drift, kLargestDrift);
    if (!force) throw Error(ErrorCode::Refused, problem + " (--force goes on)");
    report.warnings.push_back(problem);
  }
}

bool leaves_plans_open(const FuseOptions& options) {
  const bool refits =
      options.correction == FuseCorrection::Auto || options.correction == FuseCorrection::Refit;
  return options.method == FuseMethod::Auto && refits && !options.calibration.empty() &&
         options.metric == FuseMetric::Auto && options.perplexity <= 1.0 &&
         options.epsilon <= 0.0 && options.heads == FuseHeads::TwoLevel &&
         options.residual == FuseResidual::Shared && options.iterate == 0 && !sole_input(options);
}

FuseOptions with_soft_plans(FuseOptions options) {
  options.metric = FuseMetric::Activations;
  options.epsilon = kSoftEpsilon;
  return options;
}

}  // namespace tessera::pipeline
