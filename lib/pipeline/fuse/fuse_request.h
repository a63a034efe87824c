// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <vector>

#include "tessera/fuse.h"

namespace tessera::pipeline {

/// Checks what can be known before any file is read: counts, weights, what belongs together.
/// Errors  InvalidArgument.
void check_request(const std::vector<std::filesystem::path>& inputs,
                   const std::filesystem::path& output,
                   const FuseOptions& options);

}  // namespace tessera::pipeline
