// SPDX-License-Identifier: MIT
#include "evaluate/evaluate_outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "shared/cli.h"

namespace tessera::cli {
namespace {

/// How each reference fared over all methods; the worst counts.
BatchSummary summary_of(const Evaluation& evaluation, bool allow_missing) {
  std::map<std::filesystem::path, FileOutcome> files;
  for (const MethodScores& method : evaluation.methods)
    for (const MeasuredPicture& picture : method.pictures) {
      FileOutcome& file = files[picture.reference];
      file.input = picture.reference;
      // What was measured and could not be saved has both scores and a problem.
      const bool fine = picture.scores && picture.problem.empty();
      if (fine || file.state == FileOutcome::State::Failed) continue;
      const bool fails = !picture.missing || !allow_missing;
      file.state = fails ? FileOutcome::State::Failed : FileOutcome::State::Skipped;
      file.error = picture.error;
    }
  BatchSummary summary;
  for (auto& [name, file] : files) {
    if (file.state == FileOutcome::State::Done) ++summary.done;
    if (file.state == FileOutcome::State::Skipped) ++summary.skipped;
    if (file.state == FileOutcome::State::Failed) ++summary.failed;
    summary.files.push_back(std::move(file));
  }
  return summary;
}

/// What is wrong, each line once: one bad original costs one line, whatever the number of methods.
void tell_problems(const std::string& program, const Evaluation& evaluation) {
  std::set<std::string> told;
  const auto once = [&](const std::string& line) {
    if (told.insert(line).second) tell(program, line);
  };
  for (const MethodScores& method : evaluation.methods) {
    for (const MeasuredPicture& picture : method.pictures)
      if (!picture.problem.empty()) once(picture.problem);
    for (const auto& extra : method.extra)
      once(printable_name(extra) + ": no original of this name");
  }
  if (!evaluation.page_problem.empty()) once(evaluation.page_problem);
}

/// Notes by their text, without sizes: one line for many pictures, or with -v one for each.
void tell_notes(const std::string& program, const Evaluation& evaluation, bool each) {
  std::map<std::string, int> counts;
  for (const MethodScores& method : evaluation.methods)
    for (const MeasuredPicture& picture : method.pictures)
      for (const std::string& note : picture.notes) {
        if (each)
          tell(program, fmt::format("{}: {}: {}", printable_name(picture.name),
                                    printable_name(method.method), note));
        const std::string kind = note.rfind("even enlargement", 0) == 0
                                     ? "the even enlargement of an odd original was cropped to it"
                                     : note;
        ++counts[kind];
      }
  if (each) return;
  for (const auto& [note, count] : counts)
    tell(program, fmt::format("note: {} ({} of the results; -v names them)", note, count));
}

/// Whether a method's mean is under the threshold, or there is none: a threshold that measures
/// nothing is missed, too.
bool tell_missed(const std::string& program,
                 const std::string& metric,
                 const std::optional<double>& least,
                 const MethodScores& method,
                 const MeanScore& score) {
  if (!least) return false;
  const std::string who =
      method.sigma > 0.0 ? fmt::format("{}, sigma {}", method.method, method.sigma) : method.method;
  if (score.count == 0) {
    const bool small = method.psnr.count + method.identical > 0;
    tell(program, fmt::format("{}: {} was measured on no picture, a mean of {} is asked for{}", who,
                              metric, *least,
                              small ? fmt::format(" (it needs {} pixels a side within the border)",
                                                  kSmallestSsimSide)
                                    : ""));
    return true;
  }
  if (score.mean >= *least) return false;
  tell(program, fmt::format("{}: mean {} {:.4f} is under the {} asked for", who, metric, score.mean,
                            *least));
  return true;
}

}  // namespace

int tell_outcome(const std::string& program,
                 const EvaluateArguments& arguments,
                 const Evaluation& evaluation,
                 BatchMessages& messages) {
  messages.clear_line();
  tell_problems(program, evaluation);
  if (!arguments.common.quiet) tell_notes(program, evaluation, arguments.common.verbosity > 0);
  int status = messages.finish(summary_of(evaluation, arguments.allow_missing));
  if (!evaluation.page_problem.empty() && status == kDone) status = kSomeFailed;
  bool missed = false;
  for (const MethodScores& method : evaluation.methods) {
    if (!method.extra.empty() && !arguments.allow_missing && status == kDone) status = kSomeFailed;
    // Identical pictures lie above any threshold.
    if (method.psnr.count > 0 || method.identical == 0)
      missed |= tell_missed(program, "PSNR", arguments.min_psnr, method, method.psnr);
    missed |= tell_missed(program, "SSIM", arguments.min_ssim, method, method.ssim);
  }
  return missed && status == kDone ? kThresholdMissed : status;
}

}  // namespace tessera::cli
