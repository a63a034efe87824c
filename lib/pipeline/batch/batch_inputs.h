// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tessera/execution.h"

namespace tessera::pipeline {

/// What is looked for in folders.
enum class InputKind { Picture, CameraRaw };

/// One picture to be processed.
struct BatchInput {
  std::filesystem::path file;      ///< as the user would write it; "-" for stdin
  std::filesystem::path relative;  ///< below its folder operand; the file name for a file operand
};

/// A folder below an operand that could not be read, and why.
struct UnreadableFolder {
  std::filesystem::path folder;
  std::string cause;  ///< one line that names it
};

/// What the operands of a batch mean.
struct BatchInputs {
  std::vector<BatchInput> pictures;          ///< in byte order, no file twice
  std::vector<std::filesystem::path> other;  ///< in folders: by suffix no pictures, or no files
  bool one_file = false;                     ///< the only operand is a file or stdin
};

/// Finds the pictures that `options.inputs` name: files as they are, folders with their pictures or
/// camera raw files, by their suffix (with all their folders when options.recursive).
///
/// Hidden files, Thumbs.db and desktop.ini are ignored, hidden folders not entered, links to
/// folders inside a folder followed only with options.follow_links, and never in a loop; the folder
/// of results is not entered, so that a second run does not restore the results of the first.
/// A named file is always taken, whatever its suffix, even when it does not exist: its failure is
/// reported in its turn.
/// Result  folders below an operand that cannot be read are appended to `unreadable`.
/// Errors  IoFailure for an operand that cannot be read, and without `unreadable` for any folder;
///         NothingToDo when nothing matched, unless options.allow_empty; InvalidArgument without
///         operands.
BatchInputs find_inputs(const BatchOptions& options,
                        InputKind kind = InputKind::Picture,
                        std::vector<UnreadableFolder>* unreadable = nullptr);

/// The pictures of one folder (`recursive`: and of all its folders), as find_inputs sees them; it
/// may hold none.
/// Errors  IoFailure for a folder that cannot be read.
std::vector<BatchInput> pictures_in_folder(const std::filesystem::path& folder, bool recursive);

/// First element of the K-th of N equal parts of a list, and the one behind its last; every element
/// is in exactly one part, and parts are in order.
/// Errors  InvalidArgument unless K is from 1 to N.
std::pair<std::ptrdiff_t, std::ptrdiff_t> shard_bounds(std::size_t size, int index, int count);

/// Takes away what is not in the K-th of N equal parts.  Errors: see shard_bounds.
template <typename T>
void keep_shard(std::vector<T>& list, int index, int count) {
  const auto [first, end] = shard_bounds(list.size(), index, count);
  list.erase(list.begin() + end, list.end());
  list.erase(list.begin(), list.begin() + first);
}

/// Whether this operand stands for stdin or stdout.
bool is_standard_stream(const std::filesystem::path& operand);

}  // namespace tessera::pipeline
