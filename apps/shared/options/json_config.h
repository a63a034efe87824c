// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace tessera::cli {

/// Adds --config FILE, a JSON object whose keys are long options without dashes, and the names of
/// positional arguments; what stands on the command line wins. Values are texts, numbers, true for
/// flags, and lists, which mean the values with commas between, or several arguments.
/// Errors  usage: no such file, no JSON object, a key that is no option.
void add_json_config(CLI::App& app);

/// The options that were given, as such a file; --config and `without` left out.
std::string json_from_options(const CLI::App& app, const std::string& without);

}  // namespace tessera::cli
