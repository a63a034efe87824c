// SPDX-License-Identifier: MIT
// interpolate: fills in pixels that were never measured. Manual: man/interpolate.1
#include "tessera/interpolate.h"

#include <optional>
#include <vector>

#include "interpolate/interpolate_arguments.h"
#include "shared/batch/batch_messages.h"
#include "shared/batch/batch_report.h"
#include "shared/cli.h"
#include "shared/models.h"
#include "shared/output/standard_output.h"
#include "tessera/model.h"

namespace {

constexpr const char* kName = "interpolate";

int interpolate(tessera::cli::InterpolateArguments& arguments) {
  auto& common = arguments.common;
  if (common.list_models) return tessera::cli::print_and_close(tessera::cli::text_from_models());
  tessera::cli::finish_batch_arguments(common);
  tessera::cli::finish_interpolate_arguments(arguments);
  tessera::cli::check_text_file(common.report);
  tessera::cli::check_text_file(common.batch.failed_list);

  // The model comes before any picture: without it nothing can be done.
  const std::string name = tessera::cli::model_name(arguments);
  std::optional<tessera::Model> model;
  if (!name.empty()) {
    const auto file = tessera::find_model(name);
    if (common.print_model_path) return tessera::cli::print_and_close(file.string() + "\n");
    model = tessera::cli::load_model(kName, file, common);
  }

  tessera::cli::BatchMessages messages(kName, common);
  const tessera::BatchSummary summary =
      tessera::interpolate_files(common.batch, arguments.mask, model ? &*model : nullptr,
                                 arguments.options, messages.observer());
  std::vector<const tessera::Model*> models;
  if (model) models.push_back(&*model);
  return tessera::cli::end_batch(messages, kName, common, models, summary);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Fills in pixels that were never measured: demosaics, enlarges, fills holes.",
               kName};
  tessera::cli::InterpolateArguments arguments;
  tessera::cli::add_interpolate_options(app, arguments);
  return tessera::cli::run(app, argc, argv, [&] { return interpolate(arguments); });
}
