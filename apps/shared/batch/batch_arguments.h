// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tessera/execution.h"

namespace tessera::cli {

/// When progress is shown on stderr. Auto: when it is a terminal.
enum class ProgressMode { Auto, Always, Never, Json };

/// What the programs that process batches of pictures have in common on their command lines.
struct BatchArguments {
  BatchOptions batch;
  ExecutionOptions execution;
  Precision precision = Precision::Auto;  ///< asked for; Model::precision() is what runs
  std::string model;                      ///< name or path; empty: the program's default
  bool self_ensemble = false;
  bool list_models = false, print_model_path = false;
  int verbosity = 0;  ///< how often -v
  bool quiet = false;
  ProgressMode progress = ProgressMode::Auto;
  std::string report;  ///< JSON file; empty: none

  // Raw text, turned into batch by finish_batch_arguments.
  std::string strip;
  std::vector<std::string> positional, inputs;
  std::string files_from, files0_from;
};

/// Adds the options; `arguments` outlives the parsing.
void add_batch_options(CLI::App& app, BatchArguments& arguments);

/// The part of them that says how to use the machine: -t -g -j --precision --max-memory
/// --max-pixels.
void add_execution_options(CLI::App& app, BatchArguments& arguments);
/// The part of them about messages: -q --progress.
void add_progress_options(CLI::App& app, BatchArguments& arguments);

/// For a classical method.  Errors  InvalidArgument when a model is named, asked for, or told how
/// to run.
void refuse_model(const BatchArguments& arguments);

/// Completes `arguments` after parsing: reads lists of files, looks at the environment
/// (OMP_NUM_THREADS), refuses what does not go together.
/// Errors  InvalidArgument; IoFailure for a list that cannot be read; NothingToDo when lists are
///         all that is given and name nothing, unless batch.allow_empty.
void finish_batch_arguments(BatchArguments& arguments);

}  // namespace tessera::cli
