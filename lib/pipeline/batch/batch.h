// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "image/raw/raw_file.h"
#include "pipeline/batch/batch_outputs.h"
#include "tessera/execution.h"
#include "tessera/image.h"

namespace tessera::pipeline {

/// What a program does with each picture of a batch.
struct FileWork {
  OutputRules rules;
  /// Makes the result of one picture; may add warnings and notes to `outcome`.
  /// Threads  called from several workers at once, each with its part of `execution`.
  std::function<Image(const BatchItem& item,
                      const Image& picture,
                      const ExecutionOptions& execution,
                      FileOutcome& outcome)>
      restore;
  /// When set, the inputs are camera raw files, and this makes the picture of one, using it up.
  /// Threads  likewise.
  std::function<Image(
      image::RawPhoto photo, const ExecutionOptions& execution, FileOutcome& outcome)>
      develop{};
  /// Whether the result of an opaque picture is opaque, and of no other; pictures only.
  bool keeps_opacity = true;
  /// Size of the result, from the size of the picture; asked before the work, and on dry runs.
  /// Errors  BadImage for a picture that cannot be restored, as far as its size tells.
  std::function<ImageSize(ImageSize picture)> result_size;
};

/// Processes a batch: finds inputs, plans outputs, then reads, restores and writes file by file.
///
/// Everything that can be refused is refused before the first picture is read. After that a file
/// that fails costs itself alone. With at least twice as many files as threads each thread takes
/// files of its own, with its part of the memory; otherwise all threads work inside one picture.
/// The pixels are the same. Pictures that their part of the memory does not suffice for come last,
/// one at a time.
/// Result  how each file ended, in byte order of the inputs, then what is no picture; files that
///         were not begun (fail_fast, cancelled) are absent.
/// Errors  see find_inputs, plan_outputs, require_reports_apart and prepare_outputs; IoFailure when
///         options.failed_list cannot be written (on a dry run it is left alone).
BatchSummary run_batch(const BatchOptions& options,
                       const FileWork& work,
                       const ExecutionOptions& execution,
                       const BatchObserver& observer);

}  // namespace tessera::pipeline
