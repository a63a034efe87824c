// SPDX-License-Identifier: MIT
#include "shared/models.h"

#include <fmt/format.h>

#include "shared/batch_report.h"
#include "tessera/model.h"
#include "tessera/version.h"

namespace tessera::cli {

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
