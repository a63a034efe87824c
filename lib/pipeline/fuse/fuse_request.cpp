// SPDX-License-Identifier: MIT
#include "pipeline/fuse/fuse_request.h"

#include <fmt/format.h>

#include <cmath>
#include <regex>
#include <utility>

#include "pipeline/fuse/fuse_inputs.h"
#include "pipeline/sources/noise_level.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_usage(const std::string& problem) {
  throw Error(ErrorCode::InvalidArgument, problem);
}

/// Weights of the inputs under an option, which need not sum to 1.
void check_weights(const std::string& option,
                   const std::vector<double>& weights,
                   std::size_t inputs) {
  if (weights.size() != inputs)
    refuse_usage(fmt::format("{}: {} numbers for {} inputs", option, weights.size(), inputs));
  double sum = 0.0;
  for (const double weight : weights) {
    if (!std::isfinite(weight) || weight < 0.0)
      refuse_usage(fmt::format("{}: {} is not a number from 0 on", option, weight));
    sum += weight;
  }
  if (!(sum > 0.0)) refuse_usage(option + ": they sum to nothing");
  if (!std::isfinite(sum)) refuse_usage(option + ": they sum to more than a number can be");
}

/// Numbers that only a program that calls the library can get wrong: fuse checks its own options.
void check_numbers(const FuseOptions& options) {
  const auto require = [](bool fits, const char* what) {
    if (!fits) refuse_usage(std::string("fusion options: ") + what);
  };
  require(options.anchor >= -1, "anchor must be -1 or more");
  require(options.calibration_count >= 1, "calibration_count must be 1 or more");
  require(options.calibration_size >= 1, "calibration_size must be 1 or more");
  require(options.evaluation_count >= 0, "evaluation_count must be 0 or more");
  for (const auto* sigmas : {&options.sigmas, &options.evaluation_sigmas})
    for (const double sigma : *sigmas) require_sigma(sigma);
  require(options.perplexity >= 1.0, "perplexity must be 1 or more");
  require(options.epsilon >= 0.0, "epsilon must be 0 or more");
  require(options.sinkhorn_iterations >= 1, "sinkhorn_iterations must be 1 or more");
  require(options.sinkhorn_tolerance > 0.0, "sinkhorn_tolerance must be above 0");
  require(options.iterate >= 0, "iterate must be 0 or more");
  require(options.evaluation.empty() || !options.evaluation_sigmas.empty(),
          "evaluation_sigmas must not be empty");
  const auto is_stored_as = [&](const char* type) { return options.data_type == type; };
  require(is_stored_as("") || is_stored_as("F32") || is_stored_as("F16") || is_stored_as("BF16"),
          "data_type must be F32, F16, BF16 or empty");
}

void check_rule(const FuseRule& rule, std::size_t inputs) {
  try {
    const std::regex checked(rule.pattern);
  } catch (const std::regex_error& error) {
    refuse_usage(fmt::format("--set: \"{}\" is no regular expression", rule.pattern));
  }
  if (!rule.weights.empty()) check_weights("--set " + rule.pattern, rule.weights, inputs);
}

}  // namespace

void check_request(const std::vector<fs::path>& inputs,
                   const fs::path& output,
                   const FuseOptions& options) {
  const bool task = options.method == FuseMethod::Task;
  if (inputs.size() < (task ? 1 : 2)) refuse_usage("two checkpoints or more are fused");
  if (task == options.base.empty())
    refuse_usage(task ? "--method task needs --base" : "--base belongs to --method task");
  if (output.empty() && !options.plan_only) refuse_usage("no output: name one with -o");
  check_numbers(options);
  if (!options.weights.empty()) check_weights("--weights", options.weights, inputs.size());
  if (options.keep_order && (options.anchor >= 0 || !sole_input(options)))
    refuse_usage("--keep-order needs --weights with a single one above 0, and no --anchor");
  for (const FuseRule& rule : options.rules) check_rule(rule, inputs.size());
  if (options.anchor >= static_cast<int>(inputs.size()))
    refuse_usage(fmt::format("--anchor: there is no input {}", options.anchor + 1));
  std::error_code ignored;
  for (const auto& [folder, option] :
       {std::pair{options.calibration, "--calib"}, std::pair{options.evaluation, "--eval"}})
    if (!folder.empty() && !fs::is_directory(folder, ignored))
      refuse_usage(fmt::format("{} {}: no such folder", option, printable_name(folder)));
  const bool needs_pictures = options.metric == FuseMetric::Activations ||
                              options.metric == FuseMetric::Both ||
                              options.metric == FuseMetric::Shuffled;
  if (needs_pictures && options.calibration.empty())
    refuse_usage("--metric acts, both and shuffled need --calib");
  if (options.correction != FuseCorrection::Auto && options.correction != FuseCorrection::None &&
      options.calibration.empty())
    refuse_usage("--correct needs --calib");
  if ((options.residual == FuseResidual::Scalar || options.residual == FuseResidual::Matrix) &&
      options.calibration.empty())
    refuse_usage("--residual scalar and matrix need --calib");
  if (options.min_psnr_drop && options.evaluation.empty())
    refuse_usage("--min-psnr-drop needs --eval");
}

}  // namespace tessera::pipeline
