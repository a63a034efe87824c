// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tessera/inspect.h"

namespace tessera::cli {

/// The command line of `inspect`.
struct InspectArguments {
  std::string model, picture;
  std::string output, mask, reference;  ///< empty: none
  PictureInspectionOptions options;
  bool json = false, html = false, overwrite = false, list_models = false;
};

/// Adds the options; `arguments` outlives the parsing.
void add_inspect_options(CLI::App& app, InspectArguments& arguments);

/// Refuses what does not go together.  Errors  InvalidArgument.
void finish_inspect_arguments(const CLI::App& app, const InspectArguments& arguments);

}  // namespace tessera::cli
