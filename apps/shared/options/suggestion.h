// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace tessera::cli {

/// The long option of `app` that is least edits away from `mistyped`; empty when none is near.
std::string closest_option(const CLI::App& app, const std::string& mistyped);

}  // namespace tessera::cli
