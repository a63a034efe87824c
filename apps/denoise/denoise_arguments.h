// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "shared/batch/batch_arguments.h"
#include "tessera/denoise.h"

namespace tessera::cli {

/// The command line of `denoise`.
struct DenoiseArguments {
  BatchArguments common;
  DenoiseOptions options;
  SigmaMapSource sigma_map;
  bool has_sigma = false;  ///< --sigma was given, as a number or as auto
};

/// Adds the options; `arguments` outlives the parsing.
void add_denoise_options(CLI::App& app, DenoiseArguments& arguments);

/// Completes options from what was parsed.
/// Errors  InvalidArgument for what does not go together.
void finish_denoise_arguments(DenoiseArguments& arguments);

/// Settles how strong the noise is: what was given, or the one level that `model` (null with a
/// method) was trained for.
/// Errors  InvalidArgument when neither is known.
void settle_sigma(DenoiseArguments& arguments, const Model* model);

/// The models used without --model, for pictures in colour and in grey.
inline constexpr const char* kColourModel = "denoise-color";
inline constexpr const char* kGreyModel = "denoise-gray";

}  // namespace tessera::cli
