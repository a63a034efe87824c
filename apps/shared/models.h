// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "shared/batch/batch_arguments.h"
#include "tessera/model.h"

namespace tessera::cli {

/// The model of `file` in the precision asked for; warns where it runs in another, and with -vv
/// tells what it is.
/// Errors  as Model::load.
Model load_model(const std::string& program,
                 const std::filesystem::path& file,
                 const BatchArguments& arguments);

/// "f32" or "bf16".
const char* name_of_precision(Precision precision);

/// What --list-models prints: name and file of each model on the search path, a line each.
std::string text_from_models();

/// What --version prints: program, version, instruction set, where models are looked for.
std::string version_text(const std::string& program);

}  // namespace tessera::cli
