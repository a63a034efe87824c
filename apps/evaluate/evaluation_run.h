// SPDX-License-Identifier: MIT
#pragma once

#include "evaluate/evaluate_arguments.h"

namespace tessera::cli {

/// Does what the command line asks for: compares files, or degrades and restores with every model
/// and method named. Models are loaded before any picture is read.
/// Errors  as evaluate_files, evaluate_methods, Model::load.
Evaluation run_evaluation(const EvaluateArguments& arguments, const BatchObserver& observer);

}  // namespace tessera::cli
