// SPDX-License-Identifier: MIT
#include "shared/batch/batch_messages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "shared/cli.h"
#include "shared/output/standard_output.h"
#include "tessera/error.h"

namespace tessera::cli {
namespace {

using Clock = std::chrono::steady_clock;

void write_to_stderr(const std::string& text) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

void write_json(const nlohmann::json& object) {
  // File names need not be UTF-8; JSON must.
  write_to_stderr(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

bool shows_progress(ProgressMode mode, bool quiet, bool on_terminal) {
  if (mode == ProgressMode::Json) return false;
  return mode == ProgressMode::Always || (mode == ProgressMode::Auto && on_terminal && !quiet);
}

}  // namespace

const char* name_of(FileOutcome::State state) {
  switch (state) {
    case FileOutcome::State::Done:
      return "done";
    case FileOutcome::State::Skipped:
      return "skipped";
    case FileOutcome::State::Failed:
      return "failed";
    case FileOutcome::State::Planned:
      return "planned";
  }
  return "unknown";
}

BatchMessages::BatchMessages(std::string program, const BatchArguments& arguments)
    : program_(std::move(program)),
      verbosity_(arguments.verbosity),
      quiet_(arguments.quiet),
      dry_run_(arguments.batch.dry_run),
      to_stdout_(arguments.batch.output == "-"),
      on_terminal_(isatty(STDERR_FILENO) != 0),
      mode_(arguments.progress),
      start_(Clock::now()) {}

BatchObserver BatchMessages::observer() {
  return {.started = [this](int total) { started(total); },
          .file_finished = [this](const FileOutcome& outcome, int finished,
                                  int total) { file_finished(outcome, finished, total); },
          .cancelled = [this] { return pipe_closed_.load(); },
          .note = [this](const std::string& fact) { tell_note(fact); }};
}

void BatchMessages::tell_note(const std::string& fact) {
  if (verbosity_ == 0 || quiet_) return;
  if (mode_ == ProgressMode::Json)
    write_json({{"event", "note"}, {"message", fact}});
  else
    tell(program_, fact);
}

void BatchMessages::started(int total) {
  start_ = Clock::now();
  total_ = total;
  if (mode_ == ProgressMode::Json) write_json({{"event", "started"}, {"total", total}});
  if (!shows_progress(mode_, quiet_, on_terminal_) || !on_terminal_) return;
  write_to_stderr(fmt::format("\r0/{} files\033[K", total));
  line_shown_ = true;
}

void BatchMessages::file_finished(const FileOutcome& outcome, int finished, int total) {
  clear_line();
  // Whoever reads our stdout has seen enough: no complaint.
  if (outcome.state == FileOutcome::State::Failed && to_stdout_ && standard_output_is_closed())
    pipe_closed_ = true;
  if (outcome.state == FileOutcome::State::Skipped) ++skipped_;
  if (mode_ == ProgressMode::Json) {
    show_progress_json(outcome, finished, total);
    return;
  }
  tell_outcome(outcome);
  if (shows_progress(mode_, quiet_, on_terminal_)) show_progress(outcome, finished, total);
}

void BatchMessages::tell_outcome(const FileOutcome& outcome) {
  const std::string input = outcome.input == "-" ? "stdin" : printable_name(outcome.input);
  if (outcome.state == FileOutcome::State::Failed) {
    if (!pipe_closed_) tell(program_, outcome.message);
    return;
  }
  if (!quiet_)
    for (const std::string& warning : outcome.warnings)
      tell(program_, fmt::format("{}: warning: {}", input, warning));
  if (tells_notes_ && !quiet_ && verbosity_ == 0)
    for (const std::string& note : outcome.notes)
      tell(program_, fmt::format("{}: {}", input, note));
  if (verbosity_ == 0 || quiet_) return;
  if (outcome.state == FileOutcome::State::Skipped) {
    tell(program_, fmt::format("{}: skipped, {}", input, outcome.message));
    return;
  }
  std::string line = fmt::format("{} -> {}, {}x{}", input, printable_name(outcome.output),
                                 outcome.width, outcome.height);
  for (const std::string& note : outcome.notes) line += ", " + note;
  if (outcome.state == FileOutcome::State::Done) line += fmt::format(", {:.2f} s", outcome.seconds);
  if (!dry_run_) tell(program_, line);
}

std::string BatchMessages::time_left(int finished, int total) const {
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  // What is skipped takes no time and tells nothing of what does.
  const int worked = finished - skipped_;
  if (worked == 0 && finished < total) return "unknown";
  const double left = elapsed / std::max(worked, 1) * (total - finished);
  if (left < 90.0) return fmt::format("{:.0f} s", left);
  if (left < 5400.0) return fmt::format("{:.0f} min", left / 60.0);
  return fmt::format("{:.1f} h", left / 3600.0);
}

void BatchMessages::show_progress(const FileOutcome& outcome, int finished, int total) {
  const int percent = static_cast<int>(100.0 * finished / total);
  std::string line = fmt::format("{}/{} files, {} %, ETA {}", finished, total, percent,
                                 time_left(finished, total));
  if (on_terminal_) {
    line += ", " + printable_name(outcome.input.filename());
    write_to_stderr("\r" + line + "\033[K");
    line_shown_ = true;
  } else if (percent >= last_percent_ + 5 || finished == total) {
    last_percent_ = percent;
    tell(program_, line);
  }
}

void BatchMessages::show_progress_json(const FileOutcome& outcome, int finished, int total) {
  write_json({{"event", "file"},
              {"finished", finished},
              {"total", total},
              {"percent", 100.0 * finished / total},
              {"input", outcome.input.string()},
              {"output", outcome.output.string()},
              {"state", name_of(outcome.state)},
              {"message", outcome.message},
              {"warnings", outcome.warnings},
              {"notes", outcome.notes},
              {"seconds", outcome.seconds}});
}

void BatchMessages::clear_line() {
  if (line_shown_) write_to_stderr("\r\033[K");
  line_shown_ = false;
}

int BatchMessages::finish(const BatchSummary& summary) {
  clear_line();
  if (mode_ == ProgressMode::Json)
    write_json({{"event", "finished"},
                {"done", summary.done},
                {"skipped", summary.skipped},
                {"failed", summary.failed}});
  const bool one_plain_file = total_ == 1 && summary.skipped == 0;
  if (mode_ != ProgressMode::Json && !quiet_ && !dry_run_ && !(one_plain_file && verbosity_ == 0))
    tell(program_, fmt::format("done {}, skipped {}, failed {}", summary.done, summary.skipped,
                               summary.failed));
  if (pipe_closed_) return kClosedPipe;
  if (summary.failed == 0) return kDone;
  const bool all_refused =
      std::all_of(summary.files.begin(), summary.files.end(), [](const FileOutcome& outcome) {
        return outcome.state == FileOutcome::State::Failed && outcome.error == ErrorCode::Refused;
      });
  return all_refused ? kRefused : kSomeFailed;
}

}  // namespace tessera::cli
