// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace tessera::cli {

/// Shells that can complete our command lines.
enum class Shell { Bash, Zsh, Fish };

/// The script by which `shell` completes options, their words, names of models and files of the
/// program called `program`. Made from the options themselves: it lists what --help lists.
std::string completion_script(const CLI::App& app, const std::string& program, Shell shell);

}  // namespace tessera::cli
