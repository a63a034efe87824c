// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tessera/fuse.h"

namespace tessera::cli {

/// The command line of `fuse`.
struct FuseArguments {
  std::vector<std::string> names;             ///< models, by name or by path
  std::vector<std::filesystem::path> inputs;  ///< their files
  std::filesystem::path output;
  std::string anchor, report;
  std::vector<std::string> rules;  ///< texts of --set
  bool verbose = false, quiet = false, no_provenance = false, print_config = false;
  FuseOptions options;
};

/// Adds the options; `arguments` outlives the parsing.
void add_fuse_options(CLI::App& app, FuseArguments& arguments);

/// Completes `arguments` after parsing by `app`: finds the models and the anchor among them,
/// refuses what nobody would listen to.  Errors  InvalidArgument; BadCheckpoint.
void finish_fuse_arguments(const CLI::App& app, FuseArguments& arguments);

}  // namespace tessera::cli
