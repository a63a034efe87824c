// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "shared/batch/batch_arguments.h"

namespace tessera::cli {

/// Tells the user on stderr how a batch goes: failures and warnings as they come, progress with an
/// estimate of the time left, and the final account; or all of that in JSON objects, one a line,
/// for front ends (--progress json).
class BatchMessages {
 public:
  BatchMessages(std::string program, const BatchArguments& arguments);
  /// Tells the notes of each file without -v, too: the user asked for what they say.
  void tell_notes() { tells_notes_ = true; }
  /// What run the batch with; refers to this object.
  BatchObserver observer();
  /// The final account.  Result  the exit status: 0, 1, 6 when all files were refused, 141.
  int finish(const BatchSummary& summary);
  /// Takes the progress line off the terminal, before other lines are told.
  void clear_line();

 private:
  void started(int total);
  void file_finished(const FileOutcome& outcome, int finished, int total);
  void tell_outcome(const FileOutcome& outcome);
  void tell_note(const std::string& fact);
  void show_progress(const FileOutcome& outcome, int finished, int total);
  void show_progress_json(const FileOutcome& outcome, int finished, int total);
  std::string time_left(int finished, int total) const;

  std::string program_;
  int verbosity_;
  bool quiet_, dry_run_, to_stdout_;
  bool tells_notes_ = false;
  bool on_terminal_;
  ProgressMode mode_;  ///< Json: every line is an object
  bool line_shown_ = false;
  std::atomic<bool> pipe_closed_ = false;  ///< asked for by all workers
  int total_ = 0, skipped_ = 0, last_percent_ = 0;
  std::chrono::steady_clock::time_point start_;
};

/// "done", "skipped", "failed" or "planned".
const char* name_of(FileOutcome::State state);

}  // namespace tessera::cli
