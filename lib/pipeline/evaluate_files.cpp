// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/threads/thread_pool.h"
#include "pipeline/batch/batch_inputs.h"
#include "pipeline/batch/input_stream.h"
#include "pipeline/batch/isolation.h"
#include "pipeline/batch/named_pictures.h"
#include "pipeline/evaluate/display_picture.h"
#include "pipeline/evaluate/evaluation_outputs.h"
#include "pipeline/evaluate/evaluation_progress.h"
#include "pipeline/evaluate/evaluation_summary.h"
#include "tessera/error.h"
#include "tessera/evaluate.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using pipeline::NamedPictures;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return !pipeline::is_standard_stream(path) && fs::is_directory(path, ignored);
}

/// Errors  InvalidArgument where one stream would be read twice, or a picture without a name would
///         be looked for in a folder.
void check_streams(const FileComparison& comparison) {
  std::vector<fs::path> operands = comparison.restored;
  operands.push_back(comparison.reference);
  if (std::count_if(operands.begin(), operands.end(), pipeline::reads_stdin) > 1)
    throw Error(ErrorCode::InvalidArgument,
                "stdin is given twice and holds one picture (give the other as a file)");
  if (pipeline::is_standard_stream(comparison.reference) &&
      std::any_of(comparison.restored.begin(), comparison.restored.end(), is_folder))
    throw Error(ErrorCode::InvalidArgument,
                "stdin has no name to look for in a folder (give the original as a file, or one "
                "restored picture)");
}

/// Restored pictures by the names of their references.
NamedPictures restored_pictures(const fs::path& restored,
                                const fs::path& reference,
                                const NamedPictures& references) {
  NamedPictures pictures = pipeline::named_pictures({&restored, 1});
  if (!is_folder(restored) && is_folder(reference))
    throw Error(
        ErrorCode::InvalidArgument,
        fmt::format("{} is a folder and {} is not: give two folders or two files",
                    printable_name(reference), printable_name(pipeline::shown_name(restored))));
  // One file beside one file: whatever they are called.
  if (!is_folder(restored)) return {{references.begin()->first, restored}};
  return pictures;
}

void compare_metadata(const Image& reference,
                      const Image& restored,
                      const MetricProtocol& protocol,
                      std::vector<std::string>& notes) {
  if (reference.metadata.icc != restored.metadata.icc)
    notes.push_back("colour profiles differ; samples are compared as they are");
  if (protocol.alpha == AlphaPolicy::Ignore && (reference.has_alpha() || restored.has_alpha()))
    notes.push_back("alpha is ignored");
}

/// What reading had to warn of, such as pages that are left out; once when both pictures have it.
void note_warnings(const Image& reference, const Image& restored, std::vector<std::string>& notes) {
  for (const Image* picture : {&reference, &restored})
    for (const std::string& warning : picture->warnings)
      if (std::find(notes.begin(), notes.end(), warning) == notes.end()) notes.push_back(warning);
}

[[noreturn]] void refuse_empty(const fs::path& folder) {
  throw Error(ErrorCode::NothingToDo,
              printable_name(folder) + ": no picture in the folder and its folders");
}

class FileEvaluation {
 public:
  FileEvaluation(const FileComparison& comparison, const BatchObserver& observer)
      : comparison_(comparison),
        references_(pipeline::named_pictures({&comparison.reference, 1})),
        progress_(references_.size(), observer) {
    for (const auto& [name, file] : references_) names_.push_back(name);
    for (const fs::path& folder : comparison.restored) add_method(folder);
    require_something();
  }

  Evaluation run() {
    pipeline::EvaluationPlan plan{
        .names = names_, .methods = {}, .sigmas = {0.0}, .protocol = comparison_.protocol};
    const auto note_read = [&plan](const fs::path& file) {
      if (!pipeline::is_standard_stream(file)) plan.read.push_back(file);
    };
    for (const auto& [name, file] : references_) note_read(file);
    for (const auto& method : evaluation_.methods) {
      plan.methods.push_back(method.method);
      for (const auto& picture : method.pictures) note_read(picture.restored);
    }
    pipeline::EvaluationWriter writer(comparison_.outputs, plan);
    progress_.start();
    base::ThreadPool pool(comparison_.threads);
    pool.for_each(static_cast<int>(names_.size()), [&](int i, int) {
      if (!progress_.cancelled()) measure(static_cast<std::size_t>(i), writer);
    });
    evaluation_.protocol = comparison_.protocol;
    pipeline::summarise(evaluation_);
    writer.finish(evaluation_);
    return std::move(evaluation_);
  }

 private:
  void add_method(const fs::path& folder) {
    MethodScores method{.method = pipeline::shown_name(folder)};
    const NamedPictures restored = restored_pictures(folder, comparison_.reference, references_);
    for (const auto& [name, file] : references_) {
      MeasuredPicture picture{.name = name, .reference = file};
      const auto found = restored.find(name);
      picture.missing = found == restored.end();
      if (picture.missing)
        picture.problem = fmt::format("{}: no picture of this name in {}", printable_name(file),
                                      printable_name(folder));
      else
        picture.restored = found->second;
      method.pictures.push_back(std::move(picture));
    }
    for (const auto& [name, file] : restored)
      if (!references_.contains(name)) method.extra.push_back(file);
    for (const auto& other : evaluation_.methods)
      if (other.method == method.method)
        throw Error(ErrorCode::InvalidArgument, method.method + ": is given twice");
    evaluation_.methods.push_back(std::move(method));
  }

  void require_something() const {
    if (references_.empty()) refuse_empty(comparison_.reference);
    const auto paired = [](const MethodScores& method) {
      return std::any_of(method.pictures.begin(), method.pictures.end(),
                         [](const MeasuredPicture& picture) { return !picture.missing; });
    };
    if (std::any_of(evaluation_.methods.begin(), evaluation_.methods.end(), paired)) return;
    for (const auto& method : evaluation_.methods)
      if (method.extra.empty()) refuse_empty(method.method);
    throw Error(ErrorCode::NothingToDo,
                fmt::format("{}: no restored picture has the name of one of its pictures: {} and "
                            "{}, say (they are paired by name, suffix left out)",
                            printable_name(comparison_.reference),
                            printable_name(references_.begin()->second),
                            printable_name(evaluation_.methods.front().extra.front())));
  }

  void measure(std::size_t i, pipeline::EvaluationWriter& writer) {
    Image reference;
    const fs::path& file = references_.at(names_[i]);
    const auto damage = pipeline::isolate(pipeline::shown_name(file), [&] {
      reference = pipeline::read_picture(file, comparison_.read);
      pipeline::check_finite(reference, comparison_.protocol);
      writer.reference(i, reference);
    });
    for (std::size_t m = 0; m < evaluation_.methods.size(); ++m) {
      MeasuredPicture& picture = evaluation_.methods[m].pictures[i];
      if (picture.missing) continue;
      const auto failure =
          damage ? damage : pipeline::isolate(pipeline::shown_name(picture.restored), [&] {
            compare(i, m, reference, picture, writer);
          });
      if (!failure) continue;
      picture.problem = failure->text;
      picture.error = failure->code;
    }
    progress_.finished(file);
  }

  void compare(std::size_t i,
               std::size_t m,
               const Image& reference,
               MeasuredPicture& picture,
               pipeline::EvaluationWriter& writer) {
    Image read = pipeline::read_picture(picture.restored, comparison_.read);
    compare_metadata(reference, read, comparison_.protocol, picture.notes);
    note_warnings(reference, read, picture.notes);
    const bool needs_crop = pipeline::is_even_enlargement(reference, read);
    const Image restored = needs_crop
                               ? pipeline::cropped_enlargement(reference, read, picture.notes)
                               : std::move(read);
    picture.width = reference.width();
    picture.height = reference.height();
    picture.scores = pipeline::score_picture(reference, restored, comparison_.protocol);
    writer.restored(i, 0, m, reference, restored);
  }

  const FileComparison& comparison_;
  NamedPictures references_;
  std::vector<std::string> names_;
  Evaluation evaluation_;
  pipeline::EvaluationProgress progress_;
};

}  // namespace

Evaluation evaluate_files(const FileComparison& comparison, const BatchObserver& observer) {
  if (comparison.restored.empty())
    throw Error(ErrorCode::InvalidArgument, "no folder of restored pictures is given");
  check_streams(comparison);
  return FileEvaluation(comparison, observer).run();
}

}  // namespace tessera
