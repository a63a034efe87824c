// SPDX-License-Identifier: MIT
// denoise: removes noise of known or estimated strength. Manual: man/denoise.1
#include "tessera/denoise.h"

#include <optional>
#include <vector>

#include "denoise/denoise_arguments.h"
#include "shared/batch/batch_messages.h"
#include "shared/batch/batch_report.h"
#include "shared/cli.h"
#include "shared/models.h"
#include "shared/output/standard_output.h"
#include "tessera/model.h"

namespace {

constexpr const char* kName = "denoise";

/// The networks in use: one for everything when it is named, else one for colour and one for grey.
struct LoadedModels {
  std::optional<tessera::Model> colour, grey;
  std::string paths;  ///< their files, a line each

  explicit LoadedModels(const tessera::cli::DenoiseArguments& arguments) {
    if (arguments.options.method) return;
    const std::string& named = arguments.common.model;
    load(named.empty() ? tessera::cli::kColourModel : named, arguments.common, colour);
    if (named.empty()) load(tessera::cli::kGreyModel, arguments.common, grey);
  }

  std::vector<const tessera::Model*> all() const {
    std::vector<const tessera::Model*> models;
    for (const auto* model : {&colour, &grey})
      if (*model) models.push_back(&**model);
    return models;
  }
  tessera::DenoiseModels pointers() const {
    const tessera::Model* first = colour ? &*colour : nullptr;
    return {first, grey ? &*grey : first};
  }

 private:
  void load(const std::string& name,
            const tessera::cli::BatchArguments& common,
            std::optional<tessera::Model>& model) {
    const auto file = tessera::find_model(name);
    paths += file.string() + "\n";
    if (common.print_model_path) return;
    model = tessera::cli::load_model(kName, file, common);
  }
};

int denoise(tessera::cli::DenoiseArguments& arguments) {
  auto& common = arguments.common;
  if (common.list_models) return tessera::cli::print_and_close(tessera::cli::text_from_models());
  tessera::cli::finish_batch_arguments(common);
  tessera::cli::finish_denoise_arguments(arguments);
  tessera::cli::check_text_file(common.report);
  tessera::cli::check_text_file(common.batch.failed_list);

  // The models come before any picture: without them nothing can be done.
  const LoadedModels models(arguments);
  if (common.print_model_path) return tessera::cli::print_and_close(models.paths);
  const tessera::DenoiseModels pointers = models.pointers();
  tessera::cli::settle_sigma(arguments, pointers.colour);

  tessera::cli::BatchMessages messages(kName, common);
  // A plan names them on stdout.
  if (!common.batch.dry_run) messages.tell_notes();
  const tessera::BatchSummary summary = tessera::denoise_files(
      common.batch, arguments.sigma_map, pointers, arguments.options, messages.observer());
  return tessera::cli::end_batch(messages, kName, common, models.all(), summary);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Removes noise of known or estimated strength from pictures, grey or in colour.",
               kName};
  tessera::cli::DenoiseArguments arguments;
  tessera::cli::add_denoise_options(app, arguments);
  return tessera::cli::run(app, argc, argv, [&] { return denoise(arguments); });
}
