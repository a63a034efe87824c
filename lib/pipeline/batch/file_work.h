// SPDX-License-Identifier: MIT
#pragma once

#include "pipeline/batch/batch.h"

namespace tessera::pipeline {

/// How a file ended.
struct ProcessedFile {
  FileOutcome outcome;
  bool lacks_memory;  ///< it failed, and more memory may help
};

/// Reads, restores and writes one picture of a batch, and turns whatever goes wrong into its
/// outcome; the message starts with the file's name.
ProcessedFile process_file(const BatchItem& item,
                           const FileWork& work,
                           const BatchOptions& options,
                           const ExecutionOptions& execution);

/// An outcome that says no more than which file it is about.
FileOutcome outcome_of(const BatchItem& item, FileOutcome::State state);

/// What would be done: size of the result without decoding the picture.
FileOutcome plan_file(const BatchItem& item, const FileWork& work, const BatchOptions& options);

}  // namespace tessera::pipeline
