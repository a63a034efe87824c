// SPDX-License-Identifier: MIT
#include <set>

#include "pipeline/batch/batch_inputs.h"
#include "pipeline/batch/input_stream.h"
#include "pipeline/batch/isolation.h"
#include "pipeline/batch/named_pictures.h"
#include "pipeline/evaluate/display_picture.h"
#include "pipeline/evaluate/evaluation_outputs.h"
#include "pipeline/evaluate/evaluation_progress.h"
#include "pipeline/evaluate/evaluation_summary.h"
#include "pipeline/evaluate/observe.h"
#include "pipeline/evaluate/run_cost.h"
#include "tessera/error.h"
#include "tessera/evaluate.h"

namespace tessera {
namespace {

void check_names(std::span<const Restorer> restorers) {
  if (restorers.empty())
    throw Error(ErrorCode::InvalidArgument, "neither a model nor a method is given");
  std::set<std::string> seen;
  for (const Restorer& restorer : restorers)
    if (!seen.insert(restorer.name).second)
      throw Error(ErrorCode::InvalidArgument, printable_name(restorer.name) + ": is given twice");
}

/// The picture without its alpha: only colours are degraded and compared.
Image read_reference(const std::filesystem::path& file, const ReadOptions& options) {
  Image picture = pipeline::read_picture(file, options);
  if (!picture.has_alpha()) return picture;
  return pipeline::rounded_as(picture, picture);
}

class MethodEvaluation {
 public:
  MethodEvaluation(const MethodComparison& comparison,
                   std::span<const Restorer> restorers,
                   const BatchObserver& observer)
      : comparison_(comparison),
        restorers_(restorers),
        references_(pipeline::named_pictures(comparison.inputs)),
        progress_(references_.size(), observer) {
    if (references_.empty())
      throw Error(ErrorCode::NothingToDo, printable_name(comparison.inputs.front()) +
                                              ": no picture in the folder and its folders");
    for (const auto& [name, file] : references_) names_.push_back(name);
    evaluation_.protocol = comparison.protocol;
    evaluation_.degradation = comparison.degradation;
    for (const double sigma : sigmas())
      for (const Restorer& restorer : restorers) add_method(restorer.name, sigma);
  }

  Evaluation run() {
    pipeline::EvaluationPlan plan{.names = names_,
                                  .methods = {},
                                  .sigmas = sigmas(),
                                  .protocol = comparison_.protocol,
                                  .task = comparison_.degradation.task,
                                  .read = {}};
    for (const auto& [name, file] : references_)
      if (!pipeline::is_standard_stream(file)) plan.read.push_back(file);
    for (const Restorer& restorer : restorers_) plan.methods.push_back(restorer.name);
    pipeline::EvaluationWriter writer(comparison_.outputs, plan);
    progress_.start();
    for (std::size_t i = 0; i < names_.size() && !progress_.cancelled(); ++i) measure(i, writer);
    pipeline::summarise(evaluation_);
    writer.finish(evaluation_);
    return std::move(evaluation_);
  }

 private:
  const std::vector<double>& sigmas() const { return comparison_.degradation.sigmas; }

  void add_method(const std::string& name, double sigma) {
    MethodScores method{.method = name, .sigma = sigma};
    for (const auto& [picture, file] : references_)
      method.pictures.push_back({.name = picture, .reference = file});
    evaluation_.methods.push_back(std::move(method));
  }

  /// Degrades and restores one picture in every way.
  void measure(std::size_t i, pipeline::EvaluationWriter& writer) {
    const std::filesystem::path& file = references_.at(names_[i]);
    const auto failure = pipeline::isolate(pipeline::shown_name(file), [&] {
      const Image reference = read_reference(file, comparison_.read);
      pipeline::check_finite(reference, comparison_.protocol);
      writer.reference(i, reference);
      for (std::size_t s = 0; s < sigmas().size(); ++s) {
        const Observation observed =
            pipeline::observe(reference, comparison_.degradation, sigmas()[s]);
        writer.observed(i, s, observed, reference);
        for (std::size_t m = 0; m < restorers_.size(); ++m)
          restore(i, s, m, reference, observed, writer);
      }
    });
    if (failure) fail_all(i, *failure);
    progress_.finished(file);
  }

  /// What could not be read or degraded has no scores by any method.
  void fail_all(std::size_t i, const pipeline::Failure& failure) {
    for (MethodScores& method : evaluation_.methods) {
      MeasuredPicture& picture = method.pictures[i];
      if (picture.scores || picture.error) continue;
      picture.problem = failure.text;
      picture.error = failure.code;
    }
  }

  void restore(std::size_t i,
               std::size_t s,
               std::size_t m,
               const Image& reference,
               const Observation& observed,
               pipeline::EvaluationWriter& writer) {
    const Restorer& restorer = restorers_[m];
    MeasuredPicture& picture = evaluation_.methods[s * restorers_.size() + m].pictures[i];
    const auto failure = pipeline::isolate(pipeline::shown_name(picture.reference), [&] {
      Image restored;
      picture.cost = pipeline::measure_cost(
          [&] { restored = restorer.restore(observed, comparison_.execution); });
      picture.width = reference.width();
      picture.height = reference.height();
      picture.notes = restored.warnings;
      if (pipeline::is_even_enlargement(reference, restored))
        restored = pipeline::cropped_enlargement(reference, restored, picture.notes);
      const Image fitted = pipeline::rounded_as(reference, restored);
      picture.scores = pipeline::score_picture(reference, fitted, comparison_.protocol);
      writer.restored(i, s, m, reference, fitted);
    });
    if (!failure) return;
    picture.problem = failure->text + " (" + restorer.name + ")";
    picture.error = failure->code;
  }

  const MethodComparison& comparison_;
  std::span<const Restorer> restorers_;
  pipeline::NamedPictures references_;
  std::vector<std::string> names_;
  Evaluation evaluation_;
  pipeline::EvaluationProgress progress_;
};

}  // namespace

Evaluation evaluate_methods(const MethodComparison& comparison,
                            std::span<const Restorer> restorers,
                            const BatchObserver& observer) {
  check_names(restorers);
  pipeline::check_degradation(comparison.degradation);
  if (comparison.inputs.empty()) throw Error(ErrorCode::InvalidArgument, "no input is given");
  return MethodEvaluation(comparison, restorers, observer).run();
}

}  // namespace tessera
