// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace tessera::cli {

/// What --list-models prints: name and file of each model on the search path, a line each.
std::string text_from_models();

/// What --version prints: program, version, instruction set, where models are looked for.
std::string version_text(const std::string& program);

}  // namespace tessera::cli
