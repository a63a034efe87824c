// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "shared/batch/batch_arguments.h"
#include "tessera/interpolate.h"

namespace tessera::cli {

/// The command line of `interpolate`.
struct InterpolateArguments {
  BatchArguments common;
  InterpolateOptions options;
  MaskSource mask;
  // Which pixels are missing, as given; one of these, or none for camera raw files.
  std::string cfa, mask_text;
  bool has_scale = false, has_missing_value = false, has_white_balance = false;
};

/// Adds the options; `arguments` outlives the parsing.
void add_interpolate_options(CLI::App& app, InterpolateArguments& arguments);

/// Completes options from what was parsed.
/// Errors  InvalidArgument when several kinds of missing pixels are named, or options of camera raw
///         files with one.
void finish_interpolate_arguments(InterpolateArguments& arguments);

/// The model's name as given, or the default for what is missing; empty with --method.
std::string model_name(const InterpolateArguments& arguments);

}  // namespace tessera::cli
