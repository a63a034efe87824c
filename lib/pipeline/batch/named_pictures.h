// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

namespace tessera::pipeline {

/// Picture files by name: the path below their folder, suffix left out; in byte order.
using NamedPictures = std::map<std::string, std::filesystem::path>;

/// The pictures of files, of stdin ("-", called stdin) and of folders with all their folders.
/// Errors  NotFound, IoFailure; InvalidArgument naming both when two pictures have one name.
NamedPictures named_pictures(std::span<const std::filesystem::path> operands);

}  // namespace tessera::pipeline
