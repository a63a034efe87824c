// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "batch_arguments.h"
#include "tessera/model.h"

namespace tessera::cli {

/// Writes what became of each file to `arguments.report` as JSON: program, version, model,
/// precision, instruction set, account, files. Does nothing when no report is asked for.
/// Errors  IoFailure.
void write_report(const std::string& program,
                  const BatchArguments& arguments,
                  const Model* model,
                  const BatchSummary& summary);

/// What a dry run prints, a line for each file: input -> output size, memory.
std::string text_from_plan(const BatchSummary& summary);

/// The newest vector instructions that this processor has: "avx512_bf16", "avx512", "avx2" ...
const char* instruction_set();

}  // namespace tessera::cli
