// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tessera/inspect.h"

namespace tessera::cli {

/// Errors  InvalidArgument when the folder is a file, or holds an inspection and `overwrite` is not
///         asked for.
void check_folder(const std::filesystem::path& folder, bool overwrite);

/// Writes inspection.json, a PNG file for each picture, and with `page` report.html, into a folder
/// that is made when needed. What an inspection left there before is taken away; inspection.json
/// lists it under "files".
/// Errors  IoFailure; InvalidArgument, and nothing is written, when a file of these names is there
///         that no inspection left, or that is one of `inputs`.
void write_folder(const std::filesystem::path& folder,
                  const std::string& title,
                  const PictureInspection& inspection,
                  bool page,
                  const std::vector<std::filesystem::path>& inputs);

}  // namespace tessera::cli
