// SPDX-License-Identifier: MIT
// evaluate: measures PSNR, SSIM and time of methods over folders. Manual: man/evaluate.1
#include "tessera/evaluate.h"

#include "evaluate/evaluate_arguments.h"
#include "evaluate/evaluate_outcome.h"
#include "evaluate/evaluation_run.h"
#include "shared/batch/batch_messages.h"
#include "shared/cli.h"
#include "shared/models.h"
#include "shared/output/standard_output.h"

namespace {

using tessera::cli::EvaluateArguments;

constexpr const char* kName = "evaluate";

int evaluate(const CLI::App& app, EvaluateArguments& a) {
  if (a.common.list_models) return tessera::cli::print_and_close(tessera::cli::text_from_models());
  tessera::cli::finish_evaluate_arguments(app, a);
  if (a.output == "-") a.output.clear();
  tessera::cli::check_text_file(a.output);
  tessera::cli::refuse_misleading_name(a.outputs.html.string(), "an HTML page", ".html");
  for (const auto& folder : {a.outputs.differences, a.outputs.restored})
    tessera::cli::refuse_misleading_name(folder.string(), "a folder", "/");
  // -v tells of pictures what evaluate knows, not what a batch does.
  tessera::cli::BatchArguments quiet_files = a.common;
  quiet_files.verbosity = 0;
  tessera::cli::BatchMessages messages(kName, quiet_files);
  const tessera::Evaluation result = tessera::cli::run_evaluation(a, messages.observer());
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
  return tessera::cli::run(app, argc, argv, [&] { return evaluate(app, arguments); });
}
