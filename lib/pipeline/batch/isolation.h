// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "tessera/error.h"

namespace tessera::pipeline {

/// What went wrong with one file.
struct Failure {
  ErrorCode code;
  std::string text;           ///< starts with the name of the file that it is about
  bool lacks_memory = false;  ///< more memory may help
};

/// Runs `work` on a file. Whatever it throws becomes a failure, so that one bad file costs itself
/// alone; the text is about `result` when it says so, else about `file`.
std::optional<Failure> isolate(const std::filesystem::path& file,
                               const std::function<void()>& work,
                               const std::filesystem::path& result = {});

}  // namespace tessera::pipeline
