// SPDX-License-Identifier: MIT
#pragma once

#include "evaluate/evaluate_arguments.h"
#include "shared/batch/batch_messages.h"

namespace tessera::cli {

/// Tells what is wrong with an evaluation on stderr, a line each: pictures that failed, are missing
/// or have no reference, thresholds that were missed or that nothing was measured for; and with -v
/// what was noticed about pictures.
/// Result  exit status: 0, 1, 5, 6.
int tell_outcome(const std::string& program,
                 const EvaluateArguments& arguments,
                 const Evaluation& evaluation,
                 BatchMessages& messages);

}  // namespace tessera::cli
