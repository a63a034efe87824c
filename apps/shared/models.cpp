// SPDX-License-Identifier: MIT
#include "shared/models.h"

#include <fmt/format.h>

#include "shared/batch/batch_report.h"
#include "shared/cli.h"
#include "tessera/error.h"
#include "tessera/model.h"
#include "tessera/version.h"

namespace tessera::cli {

const char* name_of_precision(Precision precision) {
  return precision == Precision::Bf16 ? "bf16" : "f32";
}

Model load_model(const std::string& program,
                 const std::filesystem::path& file,
                 const BatchArguments& arguments) {
  Model model = Model::load(file, arguments.precision);
  const char* precision = name_of_precision(model.precision());
  if (arguments.precision == Precision::Bf16 && model.precision() != Precision::Bf16 &&
      !arguments.quiet)
    tell(program,
         fmt::format("{}: warning: this network runs in {} only", printable_name(file), precision));
  if (arguments.verbosity > 1)
    tell(program, fmt::format("model {} ({}), {}, {}", printable_name(file), model.title(),
                              precision, instruction_set()));
  return model;
}

std::string text_from_models() {
  std::string text;
  for (const ModelEntry& model : list_models())
    text += fmt::format("{}\t{}\n", model.name, model.file.string());
  return text;
}

std::string version_text(const std::string& program) {
  std::string text =
      fmt::format("{} (tessera) {}\ninstruction set: {}\nmodels are looked for in:\n", program,
                  TESSERA_VERSION, instruction_set());
  for (const auto& folder : model_search_path()) text += fmt::format("  {}\n", folder.string());
  return text;
}

}  // namespace tessera::cli
