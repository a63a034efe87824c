// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/evaluation_text.h"
#include "shared/batch/batch_arguments.h"
#include "tessera/evaluate.h"

namespace tessera::cli {

/// The command line of `evaluate`.
struct EvaluateArguments {
  std::vector<std::string> operands;
  std::optional<Task> task;  ///< absent: pictures on files are compared
  Degradation degradation;
  bool has_sigmas = false, noise_shift = false;
  std::vector<std::string> models, methods;  ///< by name
  MetricProtocol protocol;
  EvaluationOutputs outputs;
  ReportFormat format = ReportFormat::Text;
  std::string output;  ///< file; empty: stdout
  bool per_image = false, allow_missing = false;
  std::optional<double> min_psnr, min_ssim;
  BatchArguments common;  ///< machine and messages
};

/// Adds the options; `arguments` outlives the parsing.
void add_evaluate_options(CLI::App& app, EvaluateArguments& arguments);

/// Completes `arguments` after parsing by `app`; refuses what does not go together.
/// Errors  InvalidArgument.
void finish_evaluate_arguments(const CLI::App& app, EvaluateArguments& arguments);

}  // namespace tessera::cli
