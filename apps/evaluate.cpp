// SPDX-License-Identifier: MIT
// evaluate: measures PSNR, SSIM and time of methods over folders. Manual: man/evaluate.1
#include "tessera/evaluate.h"

#include "batch_messages.h"
#include "cli.h"
#include "evaluate_arguments.h"
#include "evaluate_outcome.h"
#include "models.h"
#include "standard_output.h"
#include "tessera/model.h"

namespace {

using tessera::cli::EvaluateArguments;

constexpr const char* kName = "evaluate";

std::vector<tessera::Restorer> restorers(const EvaluateArguments& a) {
  const bool ensemble = a.common.self_ensemble;
  std::vector<tessera::Restorer> all;
  for (const std::string& name : a.models) {
    const auto model =
        tessera::Model::load(tessera::find_model(name), a.common.execution.precision);
    all.push_back(tessera::restorer_from_model(name, model, a.degradation, ensemble));
  }
  for (const std::string& name : a.methods)
    all.push_back(tessera::restorer_from_method(name, a.degradation, ensemble));
  return all;
}

tessera::Evaluation evaluation(const EvaluateArguments& a, const tessera::BatchObserver& observer) {
  const std::vector<std::filesystem::path> paths(a.operands.begin(), a.operands.end());
  if (!a.task)
    return tessera::evaluate_files({.reference = paths.front(),
                                    .restored = {paths.begin() + 1, paths.end()},
                                    .protocol = a.protocol,
                                    .read = a.common.batch.read,
                                    .outputs = a.outputs,
                                    .threads = a.common.execution.threads},
                                   observer);
  return tessera::evaluate_methods({.inputs = paths,
                                    .degradation = a.degradation,
                                    .protocol = a.protocol,
                                    .read = a.common.batch.read,
                                    .execution = a.common.execution,
                                    .outputs = a.outputs},
                                   restorers(a), observer);
}

int evaluate(EvaluateArguments& a) {
  if (a.common.list_models) return tessera::cli::print_and_close(tessera::cli::text_from_models());
  tessera::cli::finish_evaluate_arguments(a);
  // -v tells of pictures what evaluate knows, not what a batch does.
  tessera::cli::BatchArguments quiet_files = a.common;
  quiet_files.verbosity = 0;
  tessera::cli::BatchMessages messages(kName, quiet_files);
  const tessera::Evaluation result = evaluation(a, messages.observer());
  const int status = tessera::cli::tell_outcome(kName, a, result, messages);
  const std::string text = tessera::cli::text_from_evaluation(
      result, {.format = a.format, .per_image = a.per_image, .noise_shift = a.noise_shift});
  const int printed = tessera::cli::print_to(a.output, text);
  return printed == tessera::cli::kDone ? status : printed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures PSNR, SSIM and time of methods over folders of pictures.", kName};
  EvaluateArguments arguments;
  tessera::cli::add_evaluate_options(app, arguments);
  return tessera::cli::run(app, argc, argv, [&] { return evaluate(arguments); });
}
