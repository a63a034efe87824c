// SPDX-License-Identifier: MIT
#include "pipeline/batch/batch.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>

#include "base/files/atomic_file.h"
#include "base/files/temporary_files.h"
#include "base/threads/thread_pool.h"
#include "pipeline/batch/file_work.h"
#include "pipeline/batch/output_checks.h"
#include "pipeline/batch/output_form.h"
#include "pipeline/tiles/memory.h"
#include "tessera/error.h"

namespace tessera::pipeline {
namespace {

/// The outcomes of a batch as they come in, from whichever worker.
class Progress {
 public:
  Progress(std::size_t total, const BatchObserver& observer, bool fail_fast)
      : outcomes_(total), observer_(observer), fail_fast_(fail_fast) {
    if (observer_.started) observer_.started(static_cast<int>(total));
  }

  bool must_stop() const {
    return (fail_fast_ && failed_) || (observer_.cancelled && observer_.cancelled());
  }
  void record(std::size_t index, FileOutcome outcome) {
    const std::lock_guard lock(mutex_);
    if (outcome.state == FileOutcome::State::Failed) failed_ = true;
    outcomes_[index] = std::move(outcome);
    ++finished_;
    if (observer_.file_finished)
      observer_.file_finished(*outcomes_[index], finished_, static_cast<int>(outcomes_.size()));
  }
  std::vector<FileOutcome> finished() && {
    std::vector<FileOutcome> files;
    for (auto& outcome : outcomes_)
      if (outcome) files.push_back(std::move(*outcome));
    return files;
  }

 private:
  std::vector<std::optional<FileOutcome>> outcomes_;
  const BatchObserver& observer_;
  bool fail_fast_;
  std::mutex mutex_;
  std::atomic<bool> failed_{false};
  int finished_ = 0;
};

FileOutcome skipped(const BatchItem& item) {
  FileOutcome outcome = outcome_of(item, FileOutcome::State::Skipped);
  outcome.message = item.skip_reason;
  return outcome;
}

FileOutcome failed_before(const BatchItem& item) {
  FileOutcome outcome = outcome_of(item, FileOutcome::State::Failed);
  outcome.message = item.failure;
  outcome.error = ErrorCode::IoFailure;
  return outcome;
}

/// How threads and memory are divided: among `at_a_time` files, each with `inside`.
struct Division {
  int at_a_time = 1;
  ExecutionOptions inside;
};

Division division_of(const ExecutionOptions& execution, std::size_t files) {
  const int threads = execution.threads > 0 ? execution.threads : base::available_processors();
  Division division{1, execution};
  division.inside.threads = threads;
  division.inside.max_memory = memory_budget(execution);
  if (threads == 1 || files < 2 * static_cast<std::size_t>(threads)) return division;
  division.at_a_time = threads;
  division.inside.threads = 1;
  division.inside.max_memory = std::max(std::int64_t{1}, division.inside.max_memory / threads);
  return division;
}

/// Tells of the items that need no work.  Result: the places of those that do.
std::vector<std::size_t> places_to_process(const std::vector<BatchItem>& items,
                                           const FileWork& work,
                                           const BatchOptions& options,
                                           Progress& progress) {
  std::vector<std::size_t> pending;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].failure.empty())
      progress.record(i, failed_before(items[i]));
    else if (!items[i].skip_reason.empty())
      progress.record(i, skipped(items[i]));
    else if (!options.dry_run)
      pending.push_back(i);
    else if (!progress.must_stop())
      progress.record(i, plan_file(items[i], work, options));
  }
  return pending;
}

void process_all(const std::vector<BatchItem>& items,
                 const FileWork& work,
                 const BatchOptions& options,
                 const ExecutionOptions& execution,
                 Progress& progress) {
  const std::vector<std::size_t> pending = places_to_process(items, work, options, progress);
  const Division division = division_of(execution, pending.size());
  std::mutex mutex;
  std::set<std::size_t> large;
  base::ThreadPool(division.at_a_time).for_each(static_cast<int>(pending.size()), [&](int k, int) {
    if (progress.must_stop()) return;
    const std::size_t i = pending[static_cast<std::size_t>(k)];
    if (division.at_a_time > 1 && is_stream(items[i].input)) {
      const std::lock_guard lock(mutex);
      large.insert(i);
      return;
    }
    ProcessedFile file = process_file(items[i], work, options, division.inside);
    if (division.at_a_time == 1 || !file.lacks_memory)
      return progress.record(i, std::move(file.outcome));
    const std::lock_guard lock(mutex);
    large.insert(i);
  });
  // Pictures too large for their part of the memory get all of it, one by one, when no other is in
  // work; so do streams, which can be read but once.
  for (const std::size_t i : large) {
    if (progress.must_stop()) return;
    progress.record(i, process_file(items[i], work, options, execution).outcome);
  }
}

/// Why something that was found in a folder is no input.
std::string reason_to_skip(const std::filesystem::path& file, InputKind kind) {
  if (kind == InputKind::CameraRaw)
    return has_raw_suffix(file) ? "not a file" : "not a camera raw file by its suffix";
  return has_picture_suffix(file) ? "not a file" : "not a picture by its suffix";
}

/// This machine's part of what there is to do, and where results go. The whole list is planned:
/// a part would not show what results of other parts mix up or destroy.
std::vector<BatchItem> items_of(const BatchOptions& options,
                                const OutputRules& rules,
                                InputKind kind) {
  std::vector<UnreadableFolder> unreadable;
  BatchInputs inputs = find_inputs(options, kind, &unreadable);
  std::vector<BatchItem> items = plan_outputs(inputs, options, rules);
  require_reports_apart(items, options, rules.protected_files);
  keep_shard(items, options.shard_index, options.shard_count);
  prepare_outputs(items, inputs, options, rules);

  keep_shard(inputs.other, options.shard_index, options.shard_count);
  for (const auto& file : inputs.other)
    items.push_back({file, {}, FileFormat::Png, reason_to_skip(file, kind)});
  // Nobody knows in whose part the pictures of such a folder were: every part tells of it.
  for (const UnreadableFolder& folder : unreadable)
    items.push_back({folder.folder, {}, FileFormat::Png, {}, folder.cause});
  return items;
}

/// Removes what killed processes left in the folders of results; a single output file is not worth
/// the reading of its folder.
void clean_folders(const std::vector<BatchItem>& items,
                   const BatchOptions& options,
                   const BatchObserver& observer) {
  std::error_code ignored;
  if (options.dry_run || !std::filesystem::is_directory(options.output, ignored)) return;
  std::set<std::filesystem::path> folders;
  for (const BatchItem& item : items)
    if (!item.output.empty()) folders.insert(item.output.parent_path());
  for (const auto& folder : folders) {
    const int removed = base::remove_abandoned_files(folder);
    if (removed > 0 && observer.note)
      observer.note(printable_name(folder) +
                    ": temporary files of killed runs removed: " + std::to_string(removed));
  }
}

/// Names of the inputs that failed, one a line.
void write_failed_list(base::AtomicFile& list, const std::vector<FileOutcome>& files) {
  for (const FileOutcome& outcome : files)
    if (outcome.state == FileOutcome::State::Failed) list.write(outcome.input.native() + '\n');
  list.commit();
}

BatchSummary summary_of(std::vector<FileOutcome> files) {
  const auto count = [&files](FileOutcome::State state) {
    return static_cast<int>(std::count_if(
        files.begin(), files.end(), [state](const FileOutcome& f) { return f.state == state; }));
  };
  BatchSummary summary;
  summary.done = count(FileOutcome::State::Done);
  summary.skipped = count(FileOutcome::State::Skipped);
  summary.failed = count(FileOutcome::State::Failed);
  summary.files = std::move(files);
  return summary;
}

}  // namespace

BatchSummary run_batch(const BatchOptions& options,
                       const FileWork& work,
                       const ExecutionOptions& execution,
                       const BatchObserver& observer) {
  check_form(options.form);
  const InputKind kind = work.develop ? InputKind::CameraRaw : InputKind::Picture;
  std::vector<BatchItem> items = items_of(options, work.rules, kind);
  // Opened before any work, so that a list that cannot be written is known at once.
  std::optional<base::AtomicFile> failed_list;
  if (!options.failed_list.empty() && !options.dry_run) failed_list.emplace(options.failed_list);
  clean_folders(items, options, observer);

  // Work; every file ends in an outcome of its own.
  Progress progress(items.size(), observer, options.fail_fast);
  process_all(items, work, options, execution, progress);

  BatchSummary summary = summary_of(std::move(progress).finished());
  if (failed_list) write_failed_list(*failed_list, summary.files);
  return summary;
}

}  // namespace tessera::pipeline
