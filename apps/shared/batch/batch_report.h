// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "shared/batch/batch_arguments.h"
#include "shared/batch/batch_messages.h"
#include "tessera/model.h"

namespace tessera::cli {

/// Ends a run: tells the account; writes what became of each file to `arguments.report` as JSON
/// (program, version, models with the precision in which they run, instruction set, account,
/// files); prints the plan of a dry run, a line for each file: input -> output size, memory. A dry
/// run writes no file: its report goes to a stream or nowhere, and to stdout instead of the plan.
/// models  those that were loaded, some for other files than there were.
/// Result  the exit status.  Errors  IoFailure for a report that cannot be written.
int end_batch(BatchMessages& messages,
              const std::string& program,
              const BatchArguments& arguments,
              const std::vector<const Model*>& models,
              const BatchSummary& summary);

/// The newest vector instructions that this processor has: "avx512_bf16", "avx512", "avx2" ...
const char* instruction_set();

}  // namespace tessera::cli
